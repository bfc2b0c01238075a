import type { Command } from 'commander';
import { isWaiting } from '../../../functions/transfer/transfer.ts';
import { type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { copyOptions } from '../options/copy-options.ts';
import { isHere } from '../request/address.ts';
import { type CopyOptions, copyRequest } from '../request/copy-request.ts';
import { helpText, type Run } from './command.ts';
import { follow } from './follow.ts';
import { pushFromHere, type Typed } from './push.ts';
import type { Session } from './session.ts';

export function addCopy(program: Command, run: Run): void {
  const copy = program
    .command('copy')
    .description('copy one object or push a file; to resume, give the same command again');
  copy.argument('<source>', 'endpoint:bucket/key, https://…, a file such as ./disk.img, or - for a stream');
  copy.argument('<target>', "endpoint:bucket/key; if it ends in /, the last part of the source's name is added");
  for (const { option } of copyOptions) copy.addOption(option);
  copy.addHelpText(
    'after',
    helpText(
      'partway copy minio:raw/movie.mov us3:archive/movie.mov',
      'partway copy https://example.com/data.tar oss:mirror/ --part-size 64MiB --patience 12h',
      'partway copy aws:logs/2026.gz ceph:cold/ --metadata team=ops --overwrite never',
      'partway copy minio:raw/movie.mov us3:archive/ --detach',
      'partway copy ./disk.img oss:backups/',
      'pg_dump shop | partway copy - us3:dumps/shop.sql',
    ),
  );
  copy.action((source: string, target: string, options: CopyOptions, command: Command) =>
    run(command, (session) => {
      const typed = { source, target, options };
      return isHere(source) ? pushFromHere(session, typed) : copyObject(session, typed);
    }),
  );
}

async function copyObject(session: Session, { source, target, options }: Typed): Promise<ExitCode> {
  const request = copyRequest(source, target, options);
  if (options.detach && session.endsWithUs())
    throw invalid(
      '--detach needs a stack that keeps running. This command uses one that ends with the last command.',
      'Start `partway serve` first, or leave out --detach.',
    );
  await session.refuseUnknown(request);
  const view = await session.client.start(request, { idempotencyKey: options.idempotencyKey });
  if (options.detach) {
    session.result({ event: 'accepted', ...view }, () => `${view.transferId}\n`);
    return exitCodes.done;
  }
  const { partsCopied, partsTotal } = view.progress;
  session.remark(`Transfer ${view.transferId} to ${view.target}`);
  if (partsCopied > 0) session.remark(`Continuing: ${partsCopied} of ${partsTotal} parts are there already.`);
  // If the API knew the request, this call resumed the transfer. Its state is still `failed` until it is at work again.
  return follow(session, view.transferId, isWaiting(view.state) ? view : undefined);
}
