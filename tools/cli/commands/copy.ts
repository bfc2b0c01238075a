import { type Command, Option } from 'commander';
import { requestSchema } from '../../../functions/transfer/request.ts';
import { isWaiting } from '../../../functions/transfer/transfer.ts';
import { addMetadata, parseBytes, parseNumber, parseSeconds, parseWhole } from '../amounts.ts';
import { type CopyOptions, copyRequest } from '../copy-request.ts';
import { type ExitCode, exitCodes } from '../failure.ts';
import { follow } from '../follow.ts';
import type { Session } from '../session.ts';
import { helpText, type Run } from './command.ts';

/** Every field of the request, so that whatever the API can be asked for can be typed. */
export const copyOptions: readonly Option[] = [
  new Option('--version-id <id>', 'the version of the source'),
  new Option('--part-size <size>', 'of every part but the last (default: by size and provider)').argParser(parseBytes),
  new Option('--multipart-threshold <size>', 'up to this size it goes as one request').argParser(parseBytes),
  new Option('--parts-at-once <count>', 'in one Lambda, 1 to 16').argParser(parseWhole),
  new Option('--batches-at-once <count>', 'Lambdas, 1 to 40').argParser(parseWhole),
  new Option('--retries <count>', 'of a part in one Lambda, 0 to 10').argParser(parseWhole),
  new Option('--retry-interval <time>', 'before the first retry').argParser(parseSeconds),
  new Option('--retry-backoff <factor>', 'each wait is so many times the last').argParser(parseNumber),
  new Option('--no-verify-source', 'go on though the source changes in the middle'),
  choice(
    '--server-side-copy <when>',
    'let a store that has both source and target copy by itself',
    requestSchema.shape.serverSideCopy.unwrap().options,
  ),
  choice('--checksum <kind>', 'what proves a part', requestSchema.shape.checksum.unwrap().options),
  choice('--verify <how>', 'what the finished object is held to', requestSchema.shape.verify.unwrap().options),
  new Option('--content-type <text>', "of the target (default: the source's)"),
  new Option('--cache-control <text>', 'of the target'),
  new Option('--content-disposition <text>', 'of the target'),
  new Option('--content-encoding <text>', 'of the target'),
  new Option('--content-language <text>', 'of the target'),
  new Option('--metadata <name=value>', 'of the target; may be repeated').argParser(addMetadata),
  new Option('--storage-class <name>', "of the target (default: the source's, where the target knows it)"),
  new Option('--tag <key=value>', "of the target, beside the source's; may be repeated").argParser(addMetadata),
  choice('--acl <name>', "of the target; the source's is never read", requestSchema.shape.acl.unwrap().options),
  choice('--encryption <type>', 'of the target, at rest', ['AES256', 'aws:kms']),
  new Option('--kms-key <id>', "the target's key for --encryption aws:kms (default: its account's own)"),
  choice(
    '--on-source-change <what>',
    'when it changes in the middle',
    requestSchema.shape.onSourceChange.unwrap().options,
  ),
  choice('--overwrite <when>', 'what is at the target already', requestSchema.shape.overwrite.unwrap().options),
  choice(
    '--on-failure <what>',
    'with the parts, when a person must repair something',
    requestSchema.shape.onFailure.unwrap().options,
  ),
  new Option('--patience <time>', 'how long nothing may arrive, e.g. 1h').argParser(parseSeconds),
  new Option('--adopt <uploadId>', 'finish an upload that another program began; needs --part-size'),
  new Option('--first-missing-part <number>', 'of an adopted upload: send this part and all after it again').argParser(
    parseWhole,
  ),
  new Option(
    '--adopt-etags <list>',
    "ETags of an adopted upload's parts from the first on, with commas between; one that differs is sent again",
  ),
  new Option('--idempotency-key <key>', 'the same key is the same transfer'),
  new Option('--detach', 'print the id, do not wait'),
];

export function addCopy(program: Command, run: Run): void {
  const copy = program.command('copy').description('copy one object; the same command again resumes it');
  copy.argument('<source>', 'endpoint:bucket/key or https://…');
  copy.argument('<target>', "endpoint:bucket/key; one that ends in / takes the source's last name");
  for (const option of copyOptions) copy.addOption(option);
  copy.addHelpText(
    'after',
    helpText(
      'partway copy minio:raw/movie.mov us3:archive/movie.mov',
      'partway copy https://example.com/data.tar oss:mirror/ --part-size 64MiB --patience 12h',
      'partway copy aws:logs/2026.gz ceph:cold/ --metadata team=ops --overwrite never',
      'partway copy minio:raw/movie.mov us3:archive/ --detach',
    ),
  );
  copy.action((source: string, target: string, options: CopyOptions, command: Command) =>
    run(command, (session) => copyObject(session, { source, target, options })),
  );
}

type Typed = { readonly source: string; readonly target: string; readonly options: CopyOptions };

async function copyObject(session: Session, { source, target, options }: Typed): Promise<ExitCode> {
  const request = copyRequest(source, target, options);
  const view = await session.client.start(request, { idempotencyKey: options.idempotencyKey });
  if (options.detach) {
    session.result({ event: 'accepted', ...view }, () => `${view.transferId}\n`);
    return exitCodes.done;
  }
  const { partsCopied, partsTotal } = view.progress;
  session.remark(`Transfer ${view.transferId} to ${view.target}`);
  if (partsCopied > 0) session.remark(`Goes on: ${partsCopied} of ${partsTotal} parts are there already.`);
  // A request that is known resumes its transfer, and that one is `failed` until it is at work again.
  return follow(session, view.transferId, isWaiting(view.state) ? view : undefined);
}

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}
