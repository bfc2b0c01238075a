import type { Command } from 'commander';
import type { AtTarget, Explanation } from '../../../functions/transfer/views/explain.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { copyOptions } from '../options/copy-options.ts';
import { inOptions } from '../options/option-names.ts';
import { bytesText, counted, exactBytesText, usdText } from '../options/units.ts';
import { isHere } from '../request/address.ts';
import { type CopyOptions, copyRequest } from '../request/copy-request.ts';
import { leftText, type Row, rowsText } from '../text/receipt.ts';
import { helpText, type Run } from './command.ts';
import { planOfFile } from './push.ts';
import type { Session } from './session.ts';

export function addPlan(program: Command, run: Run): void {
  const plan = program.command('plan').description('say what a copy would do, and why; copy nothing');
  plan.argument('<source>', 'endpoint:bucket/key, https://… or a file').argument('<target>', 'endpoint:bucket/key');
  for (const { option } of copyOptions) plan.addOption(option);
  plan.addHelpText(
    'after',
    helpText(
      'partway plan minio:raw/movie.mov us3:archive/',
      'partway plan aws:raw/genome.bam ceph:cold/ --part-size 128MiB',
    ),
  );
  plan.action((source: string, target: string, options: CopyOptions, command: Command) =>
    run(command, async (session) => {
      const typed = { source, target, options };
      return planCopy(session, isHere(source) ? await planOfFile(typed) : copyRequest(source, target, options));
    }),
  );
}

async function planCopy(session: Session, request: ReturnType<typeof copyRequest>): Promise<ExitCode> {
  await session.refuseUnknown(request);
  const explanation = await session.client.plan(request);
  session.result(explanation, () => explanationText(explanation));
  return exitCodes.done;
}

export function explanationText(explanation: Explanation): string {
  const { plan, atTarget, reasons, notCarried, unproven, costUsd } = explanation;
  const rows = rowsText([
    ['size', exactBytesText(plan.objectBytes)],
    ...(atTarget ? [['target', targetText(atTarget)] as const] : []),
    ...(atTarget?.fate === 'kept' ? [] : workRows(explanation)),
    ['cost', `${usdText(costUsd)} on AWS, without what stores and networks charge for bytes that leave`],
  ]);
  const because = reasons.map(({ decision, because: why }) => `  ${decision}: ${inOptions(why)}\n`).join('');
  const open = unproven.map((sentence) => `  ${inOptions(sentence)}\n`).join('');
  return `${rows}Because\n${because}${leftText(notCarried)}${open && `Not proven\n${open}`}`;
}

function targetText(atTarget: AtTarget): string {
  if (atTarget.fate === 'new') return 'nothing is there';
  const what = `an object of ${exactBytesText(atTarget.bytes)} is there`;
  return atTarget.fate === 'kept' ? `${what} and stays: nothing is sent` : `${what} and will be replaced`;
}

function workRows({ plan, adoption, batches, partsPerBatch }: Explanation): Row[] {
  const cut = plan.partCount === 1 ? 'one piece' : `${plan.partCount} × ${bytesText(plan.partBytes)}`;
  const sent = adoption && `${counted(adoption.parts, 'part')} of ${plan.partCount}, ${bytesText(adoption.bytes)}`;
  return [
    ['parts', cut],
    ...(sent === undefined ? [] : [['adopted', `${sent}; Partway does not send them again`] as const]),
    ['Lambdas', `${counted(batches, 'batch', 'batches')} of ${counted(partsPerBatch, 'part')}`],
  ];
}
