/**
 * `npm start` starts the stack on this computer, copies real bytes, kills a Lambda in the middle, and proves that source and
 * target are identical.
 */
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { asFailure, type Failure } from '../../functions/transfer/errors.ts';
import type { Source, TransferRequestInput } from '../../functions/transfer/request.ts';
import { isWaiting } from '../../functions/transfer/transfer.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { sourceName } from '../../functions/transfer/views/view.ts';
import { exitCodes, failureOf } from '../cli/failure/failure.ts';
import { failureText, inWordsOfCli } from '../cli/failure/failure-text.ts';
import { isLocalFile, parseSource, parseTarget } from '../cli/request/address.ts';
import { type Display, jsonDisplay, liveDisplay, plainDisplay } from '../cli/text/display.ts';
import { receiptText } from '../cli/text/receipt.ts';
import { watchTransfer } from '../cli/text/watch.ts';
import { badUsage } from '../cli/usage.ts';
import { apiClient } from '../client/api/api.ts';
import { openFile } from '../client/node/file-bytes.ts';
import { localApi } from '../client/node/local-api.ts';
import { type RunningStack, startStack } from '../local/stack.ts';
import { killingOneLambda } from './kill.ts';
import { pushGiven } from './push.ts';
import { sha256Of, sha256OfFile } from './read-back.ts';
import { exampleSource } from './source.ts';
import { goingOnWith } from './under-way.ts';

type Options = { readonly json?: true; readonly home?: string; readonly kill: boolean };
type Given = { readonly source: string | undefined; readonly target: string | undefined; readonly options: Options };

const say = (sentence: string) => console.error(sentence);

const program = new Command('npm start --')
  .description(
    'Starts the stack on this computer, copies real bytes with it, and proves that source and target are identical.',
  )
  .argument('[source]', 'a file, https://…, or endpoint:bucket/key (default: a new object of 256 MiB in store a)')
  .argument('[target]', 'endpoint:bucket/key (default: b:data/<name of the source>)')
  .option('--json', 'print one JSON object as the last line of stdout')
  .option('--home <folder>', 'state folder of the stack (default: PARTWAY_HOME, else .partway)')
  .option('--no-kill', 'do not kill a Lambda in the middle')
  .addHelpText(
    'after',
    '\nExamples:\n  npm start\n  npm start -- ./genome.bam\n  npm start -- a:data/example-256MiB b:data/copy --json',
  );

program.action(async (source, target, options) => {
  process.exitCode = await start({ source, target, options });
});
program.exitOverride().configureOutput({ outputError: () => {} });
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) process.exitCode = reportFailure(badUsage(error, 'npm start --'));
}

/** Exits with 0 only if the target, read back, is identical to the source. */
async function start(given: Given): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  let stack: RunningStack | undefined;
  try {
    await refuseAtOnce(given);
    say('Starting the synthesized stack on this computer …');
    stack = await startStack({ home: given.options.home });
    say(
      `It is up: API ${stack.apiUrl}, stores a ${stack.stores.a.url} and b ${stack.stores.b.url}, state in ${stack.folder}`,
    );
    return await transfer(stack, given, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) {
      say('\nStopped. Nothing is lost: the same command continues where this one stopped.');
      return exitCodes.interrupted;
    }
    return reportFailure(error);
  } finally {
    await stack?.close();
  }
}

/** Looks at what was typed before the stack starts, which takes seconds. Throws what is wrong with it. */
async function refuseAtOnce({ source: given, target }: Given): Promise<void> {
  if (given === undefined) return;
  const isFile = isLocalFile(given);
  if (isFile) await (await openFile(given)).close();
  const source = isFile ? { client: { name: basename(given) } } : parseSource(given);
  if (target !== undefined) parseTarget(target, source);
}

async function transfer(
  stack: RunningStack,
  { source: given, target, options }: Given,
  signal: AbortSignal,
): Promise<number> {
  if (given !== undefined && isLocalFile(given)) return transferFile(stack, { path: given, target, options }, signal);
  const source = given === undefined ? await exampleSource(stack, say) : parseSource(given);
  const name = basename(sourceName(source as Source));
  // Our own object is small. With small parts, and few at once, some parts are safe when we kill a Lambda.
  const inSteps = given === undefined ? { partBytes: 16 * MiB, partsAtOnce: 2, batchesAtOnce: 2 } : {};
  const request: TransferRequestInput = {
    source,
    target: parseTarget(target ?? `b:data/${name || 'object'}`, source),
    ...inSteps,
  };
  const client = apiClient(localApi(stack.folder), signal);
  const begun = await client.start(request);
  const goingOn = await goingOnWith(client, begun);
  say(
    `Transfer ${begun.transferId}: ${sourceName(source as Source)} → ${request.target.endpoint}:${request.target.bucket}/${request.target.key}`,
  );
  if (goingOn !== undefined) say(goingOn);
  const kill = options.kill && goingOn === undefined;
  const view = await watch(stack, begun, { ...options, kill }, { client, signal });
  if (view.state !== 'copied') return tellEnd(view);
  console.error(receiptText(view));
  say('Reading both back …');
  const sha256Source = await sha256Of(stack, source);
  const sha256Target = await sha256Of(stack, request.target);
  return conclude(stack, view, { sha256Source, sha256Target }, options);
}

type GivenFile = { readonly path: string; readonly target: string | undefined; readonly options: Options };

/** A file goes straight from its disk to the target. No Lambda copies anything, so we kill none. */
async function transferFile(
  stack: RunningStack,
  { path, target, options }: GivenFile,
  signal: AbortSignal,
): Promise<number> {
  const view = await pushGiven(stack, { path, target, json: options.json ?? false }, signal);
  if (!view) return exitCodes.interrupted;
  if (view.state !== 'copied') return tellEnd(view);
  console.error(receiptText(view));
  say('Reading both …');
  const sha256Target = await sha256Of(stack, parseTargetOf(view));
  return conclude(stack, view, { sha256Source: await sha256OfFile(path), sha256Target }, options);
}

function parseTargetOf({ target }: TransferView): Source {
  return parseSource(target) as Source;
}

function tellEnd(view: TransferView): number {
  const failure = view.failure ?? asFailure('Stopped', `Somebody else ended the transfer. Its state is ${view.state}.`);
  return tell(failure, view.refused ? exitCodes.refused : exitCodes.failed);
}

async function watch(
  stack: RunningStack,
  begun: TransferView,
  { json, kill }: Options,
  { client, signal }: { client: ReturnType<typeof apiClient>; signal: AbortSignal },
): Promise<TransferView> {
  const display: Display = json
    ? jsonDisplay(process.stdout)
    : process.stderr.isTTY
      ? liveDisplay(process.stderr)
      : plainDisplay(process.stderr);
  const killing = killingOneLambda(stack.lambdas, display);
  // If the API knew the request, our call resumed the transfer. Its state is still `failed` until it is at work again.
  const isOld = ({ updatedAt }: TransferView) => isWaiting(begun.state) && updatedAt === begun.updatedAt;
  const view = await watchTransfer(client, begun.transferId, kill ? killing.display : display, { signal, isOld });
  const whyNone = kill ? killing.whyNone(view) : undefined;
  if (whyNone !== undefined) say(whyNone);
  return view;
}

type Hashes = { readonly sha256Source: string; readonly sha256Target: string };

function conclude(stack: RunningStack, view: TransferView, hashes: Hashes, { json }: Options): number {
  const isIdentical = hashes.sha256Source === hashes.sha256Target;
  say(
    `  SHA-256 of the source, read back  ${hashes.sha256Source}\n  SHA-256 of the target, read back  ${hashes.sha256Target}`,
  );
  say(isIdentical ? 'Identical.' : 'Damaged: THE TARGET IS NOT THE SOURCE. Please report this with the state folder.');
  const status = isIdentical ? 'succeeded' : 'failed';
  if (json) console.log(JSON.stringify({ status, ...summary(stack, view), ...hashes }));
  return isIdentical ? exitCodes.done : exitCodes.failed;
}

function summary({ executions }: RunningStack, { receipt, execution = '' }: TransferView) {
  const historyEvents = executions.history(execution, { reverse: true, max: 1 }).items[0]?.id ?? 0;
  const { bytes = 0, parts = 0, retries = 0, bytesResent = 0, seconds = 0 } = receipt ?? {};
  return { bytes, parts, retries, bytesResent, historyEvents, seconds };
}

function reportFailure(error: unknown): number {
  const known = failureOf(error);
  if (!known) throw error;
  return tell(known.failure, known.exitCode);
}

function tell(failure: Failure, exitCode: number): number {
  console.error(failureText(failure));
  if (process.argv.includes('--json')) console.log(JSON.stringify({ status: 'failed', error: inWordsOfCli(failure) }));
  return exitCode;
}
