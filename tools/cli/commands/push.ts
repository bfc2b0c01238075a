import { constants, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isNamed, TransferError } from '../../../functions/transfer/errors.ts';
import { parseRequest, type TransferRequest, type TransferRequestInput } from '../../../functions/transfer/request.ts';
import type { TransferView } from '../../../functions/transfer/told/view.ts';
import { isWaiting } from '../../../functions/transfer/transfer.ts';
import { crc32Hex } from '../../../functions/transfer/values/checksums.ts';
import { MiB, sizeText } from '../../../functions/transfer/values/sizes.ts';
import { type Bytes, crc32Of, type Whole } from '../../client/bytes.ts';
import { fingerprintOf } from '../../client/fingerprint.ts';
import { openFile } from '../../client/node/file-bytes.ts';
import { nodePlatform } from '../../client/node/platform.ts';
import type { PushApi, PushOptions, PushProgress } from '../../client/push.ts';
import { type OpenFile, pushFile } from '../../client/push-file.ts';
import { pushStream } from '../../client/push-stream.ts';
import { cutting, inMemory, readToItsEnd } from '../../client/stream-bytes.ts';
import { CliError, type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { isLocalFile, STREAM_NAME } from '../request/address.ts';
import { type CopyOptions, copyRequest } from '../request/copy-request.ts';
import { bytesPerSecond, firstSample, nextSample, type Rate, secondsLeft } from '../text/rate.ts';
import { askPatiently, meterOf } from '../text/watch.ts';
import { reportEnd, watchToItsEnd } from './follow.ts';
import type { Session } from './session.ts';

// With two parts of 64 MiB the command takes 318 MiB in all: docs/benchmarks.md, "A push".
const STREAM_PARTS_AT_ONCE = 2;
const STREAM_PART_BYTES = 64 * MiB;
const PARTS_MAX = 10_000;
// If parts are still missing after so many rounds, another round will not help.
const ROUNDS_MAX = 5;

export type Typed = { readonly source: string; readonly target: string; readonly options: CopyOptions };

/** Whether the bytes are on this computer. */
export function isHere(source: string): boolean {
  return source === STREAM_NAME || isLocalFile(source);
}

/** Pushes a file, a pipe or standard input. The same command again goes on where it was. */
export async function pushFromHere(session: Session, typed: Typed, stdin: Readable): Promise<ExitCode> {
  const view = await pushToItsEnd(session, typed, stdin);
  return view ? reportEnd(session, view) : exitCodes.interrupted;
}

/** The transfer as it ended, or `undefined` when it was interrupted; then a person was told how to go on. */
export async function pushToItsEnd(session: Session, typed: Typed, stdin: Readable): Promise<TransferView | undefined> {
  if (typed.options.detach)
    throw invalid('--detach cannot be asked for here: the bytes are on this computer, and this command sends them.');
  if (typed.source === STREAM_NAME) return pushPiped(session, typed, stdin);
  if ((await stat(typed.source).catch(() => undefined))?.isFIFO())
    return pushPiped(session, typed, openPipe(typed.source));
  const file = await openFile(typed.source);
  try {
    return await pushOpened(session, typed, file);
  } finally {
    await file.close();
  }
}

/**
 * A plain open() of a pipe blocks until somebody writes into it, and nothing could end that wait. This one returns at once,
 * and the socket waits for the bytes.
 */
function openPipe(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** What `partway plan` asks about a file. */
export async function planOfFile({ source, target, options }: Typed): Promise<TransferRequestInput> {
  if (source === STREAM_NAME) throw invalid('A stream cannot be planned: nobody knows its length yet.');
  const file = await openFile(source);
  await file.close();
  return copyRequest(file.source, target, options);
}

async function pushOpened(session: Session, typed: Typed, file: OpenFile): Promise<Ended> {
  const request = copyRequest(file.source, typed.target, typed.options);
  const all = () => file.range({ first: 0, last: file.bytes - 1 });
  const push: Push = {
    typed,
    request: parseRequest(request),
    send: (api, view, options) =>
      pushFile(api, view, file, { ...options, verifyParts: typed.options.verifyParts ?? false }),
    read: async (signal) => ({ bytes: file.bytes, crc32: await crc32Of(nodePlatform.crc32, all(), signal) }),
    mayRepeat: true,
  };
  return run(session, request, push);
}

/** A stream that is shorter than its first part is like a small file: its length is known before anything is sent. */
async function pushPiped(session: Session, typed: Typed, stream: Readable): Promise<Ended> {
  try {
    const options = { partsAtOnce: STREAM_PARTS_AT_ONCE, ...typed.options, ...partSizeOf(typed.options) };
    const rest = cutting(stream, session.signal);
    const head = await rest.fill(new Uint8Array(options.partSize ?? STREAM_PART_BYTES));
    if (head.length < (options.partSize ?? STREAM_PART_BYTES))
      return await pushOpened(session, { ...typed, options }, await fileOf(head));
    const request = copyRequest({ client: { name: STREAM_NAME } }, typed.target, options);
    const send: Push['send'] = (api, view, push) => {
      const { objectBytes = 0, partBytes = 0, partCount } = view.plan ?? {};
      session.remark(
        `The stream may have up to ${sizeText(objectBytes)}: ${partCount} parts of ${sizeText(partBytes)}.`,
      );
      return pushStream(api, view, { head, rest }, push);
    };
    const read = () => readToItsEnd(nodePlatform.crc32, head, rest);
    return await run(session, request, { typed, request: parseRequest(request), send, read, mayRepeat: false });
  } finally {
    stream.destroy(); // a program that goes on writing would keep this one alive
  }
}

/** Equal parts, as large as the expected length needs. */
function partSizeOf({ partSize, expectBytes }: CopyOptions): { partSize?: number } {
  if (partSize !== undefined || expectBytes === undefined) return {};
  const needed = Math.ceil(expectBytes / PARTS_MAX / MiB) * MiB;
  return needed > STREAM_PART_BYTES ? { partSize: needed } : {};
}

async function fileOf(content: Uint8Array): Promise<OpenFile> {
  const range: Bytes['range'] = ({ first, last }) => inMemory(content.subarray(first, last + 1));
  const fingerprint = await fingerprintOf(nodePlatform.crc32, { bytes: content.length, range });
  const source = { client: { name: STREAM_NAME, bytes: content.length, fingerprint } };
  return { bytes: content.length, range, source, close: async () => {} };
}

type Ended = TransferView | undefined;

type Push = {
  readonly typed: Typed;
  readonly request: TransferRequest;
  send(api: PushApi, view: TransferView, options: PushOptions): Promise<Whole>;
  /** Reads all that is left, where nothing is to be sent. */
  read(signal: AbortSignal): Promise<Whole>;
  /** A file can be read again; a stream has gone by. */
  readonly mayRepeat: boolean;
};

async function run(session: Session, request: TransferRequestInput, push: Push): Promise<Ended> {
  // The plan refuses what the target or its object forbids. Nobody can plan a stream.
  if (push.mayRepeat && push.request.overwrite !== 'always') await session.client.plan(request);
  let view = await session.client.start(request, { idempotencyKey: push.typed.options.idempotencyKey });
  session.remark(`Transfer ${view.transferId} to ${view.target}`);
  try {
    for (let round = 1; ; round += 1) {
      const begun = view;
      // An earlier command has sent everything. We read our bytes to know whether they are the same.
      const whole = await (begun.state === 'pushing' ? sendMissing(session, begun, push) : push.read(session.signal));
      if (begun.state === 'pushing')
        view = await patiently(session, () => session.client.finish(begun.transferId, whole));
      // The same request resumes a transfer that had failed. Its state is `failed` until the execution is at work again.
      view = await watchToItsEnd(session, view.transferId, isWaiting(view.state) ? view : undefined);
      if (view.state === 'copied') refuseOtherBytes(view, whole);
      if (view.state !== 'pushing') return view;
      if (!push.mayRepeat || round === ROUNDS_MAX) throw missing(view);
    }
  } catch (error) {
    if (session.signal.aborted) return void tellInterrupted(session, view, push);
    if (isNamed(error, 'SourceChanged')) await session.client.abort(view.transferId).catch(() => {});
    throw error;
  }
}

/** A laptop that wakes up, or a network that changes, takes the API away for a moment. */
function patiently<T>(session: Session, ask: () => Promise<T>): Promise<T> {
  const next = 'Nothing that the store has confirmed is lost: give the same command again.';
  const note = (sentence: string) => session.remark(sentence);
  return askPatiently(ask, { note }, { signal: session.signal, meanwhile: 'Asking again.', next });
}

async function sendMissing(session: Session, view: TransferView, push: Push): Promise<Whole | undefined> {
  const { partsAtOnce, retry, patienceSeconds } = push.request;
  const { client } = session;
  const api: PushApi = { ...client, parts: (id, page) => patiently(session, () => client.parts(id, page)) };
  const display = session.display();
  const beganMs = Date.now();
  let rate: Rate | undefined;
  const onProgress = ({ partsDone, bytesDone, bytesInFlight, retries }: PushProgress) => {
    const moved = bytesDone + bytesInFlight;
    rate = rate ? nextSample(rate, Date.now(), moved) : firstSample(Date.now(), moved);
    const progress = { ...view.progress, partsCopied: partsDone, bytesCopied: bytesDone, bytesInFlight, retries };
    const now = { ...view, progress, elapsedSeconds: Math.round((Date.now() - beganMs) / 1000) };
    display.show(now, {
      ...meterOf(now),
      bytesPerSecond: bytesPerSecond(rate),
      secondsLeft: secondsLeft(rate, progress.bytesTotal),
    });
  };
  try {
    const onTrouble = (sentence: string) => display.note(sentence);
    return await push.send(api, view, {
      platform: nodePlatform,
      partsAtOnce,
      retry,
      patienceSeconds,
      signal: session.signal,
      onProgress: atMostOften(onProgress),
      onTrouble,
    });
  } catch (error) {
    // Finishing makes the service look at what the store has, and begin another upload if it must.
    const isLost = isNamed(error, 'UploadLost') || (error instanceof CliError && error.name === 'UploadLost');
    if (!isLost || !push.mayRepeat) throw error;
    display.note('The store no longer knows the upload. Partway begins another one.');
    return undefined;
  } finally {
    display.close();
  }
}

const SHOWN_EVERY_MS = 125;

/** Bytes come in pieces of 1 MiB; nobody can read so many lines. */
function atMostOften(show: (progress: PushProgress) => void): (progress: PushProgress) => void {
  let shownMs = 0;
  return (progress) => {
    if (progress.bytesInFlight > 0 && Date.now() - shownMs < SHOWN_EVERY_MS) return;
    shownMs = Date.now();
    show(progress);
  };
}

/** Two commands may push different bytes to one key, or a file may have changed since another one pushed it. */
function refuseOtherBytes({ target, receipt }: TransferView, whole: Whole | undefined): void {
  if (!receipt || whole?.crc32 === undefined || receipt.crc32 === undefined) return;
  const read = crc32Hex(whole.crc32);
  if (receipt.bytes === whole.bytes && receipt.crc32 === read) return;
  throw new TransferError(
    'TargetChanged',
    `${target} has the bytes of another command (${receipt.bytes} bytes, CRC32 ${receipt.crc32}), not those that this one has read (${whole.bytes} bytes, CRC32 ${read}).`,
  );
}

function missing({ failure }: TransferView): TransferError {
  return new TransferError('PartsMissing', failure?.message ?? 'The store does not have all parts.');
}

function tellInterrupted(session: Session, { transferId }: TransferView, { mayRepeat }: Push): void {
  const again = mayRepeat
    ? 'The same command goes on with the parts that are missing.'
    : 'The same stream again goes on: what is there is compared, and not sent.';
  session.complain(
    `\nStopped. Nothing that the store has confirmed is lost. ${again}\nTo end it instead: ${session.commandLine(`abort ${transferId}`)}\n`,
  );
}
