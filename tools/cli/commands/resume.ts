import type { Command } from 'commander';
import { isWaiting } from '../../../functions/transfer/transfer.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { copyOptions } from '../options/copy-options.ts';
import { oneLine } from '../options/units.ts';
import { helpText, type Run } from './command.ts';
import { follow } from './follow.ts';
import type { Session } from './session.ts';

type ResumeOptions = {
  readonly detach?: true;
  readonly source?: string;
  readonly partsAtOnce?: number;
  readonly batchesAtOnce?: number;
  readonly patience?: number;
  readonly requesterPays?: true;
  readonly bandwidth?: number | 'off';
};

/** The fields that a resume may change, with the options that `partway copy` has for them. */
const changeable = ['partsAtOnce', 'batchesAtOnce', 'patienceSeconds', 'requesterPays', 'bandwidthBytesPerSecond'];

export function addResume(program: Command, run: Run): void {
  const resume = program
    .command('resume')
    .description('continue a transfer that failed or was paused, with the parts that are missing');
  resume.argument('<id>', 'the transfer').option('--detach', 'print the id and do not wait for the end');
  resume.option(
    '--source <url>',
    'another URL of the same file, for instance because the signature of the first has run out',
  );
  for (const { field, option } of copyOptions) if (changeable.includes(field ?? '')) resume.addOption(option);
  resume.addHelpText('after', helpText('partway resume 4f0c…', 'partway resume 4f0c… --bandwidth 50MiB'));
  resume.action((transferId: string, options: ResumeOptions, command: Command) =>
    run(command, (session) => resumeTransfer(session, transferId, options)),
  );
}

async function resumeTransfer(session: Session, transferId: string, options: ResumeOptions): Promise<ExitCode> {
  const { detach, source, patience: patienceSeconds, partsAtOnce, batchesAtOnce, requesterPays, bandwidth } = options;
  // We look before we resume. If a later view differs from this one, it is new.
  const before = await session.client.describe(transferId);
  if (before.state === 'copied') {
    const done = `Transfer ${transferId} is copied. There is nothing to resume: the object is at ${oneLine(before.target)}.\n`;
    session.result({ event: 'ended', ...before }, () => done);
    return exitCodes.done;
  }
  const view = await session.client.resume(transferId, {
    ...(source === undefined ? {} : { source: { url: source } }),
    partsAtOnce,
    batchesAtOnce,
    patienceSeconds,
    requesterPays,
    bandwidthBytesPerSecond: bandwidth === 'off' ? null : bandwidth,
  });
  if (detach) {
    session.result({ event: 'accepted', ...view }, () => `${view.transferId}\n`);
    return exitCodes.done;
  }
  const { partsCopied, partsTotal } = before.progress;
  session.remark(`Continuing transfer ${transferId}: ${partsCopied} of ${partsTotal} parts are there already.`);
  return follow(session, transferId, isWaiting(before.state) ? before : undefined);
}
