import { isNamed, TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequest } from '../../functions/transfer/request.ts';
import { isWaiting } from '../../functions/transfer/transfer.ts';
import { crc32Hex } from '../../functions/transfer/values/checksums.ts';
import { partsAndBytesDone } from '../../functions/transfer/views/progress.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { ApiClient } from './api/api.ts';
import { PartwayError } from './api/partway-error.ts';
import type { Platform, Whole } from './bytes.ts';
import type { Observers } from './library.ts';
import type { PushApi, PushOptions, PushProgress } from './push.ts';
import type { Clock } from './waiting.ts';
import { askPatiently, watchTransfer } from './watch.ts';

/** What is pushed: bytes that can be read again, or a stream, which goes by once. */
export type Pushed = {
  /** Sends the parts that the service does not have. */
  send(api: PushApi, view: TransferView, options: PushOptions): Promise<Whole>;
  /** Reads all that is left, where nothing is to be sent. */
  read(signal: AbortSignal): Promise<Whole>;
  readonly mayRepeat: boolean;
};

/** How parts are sent. It is no part of what the upload is found by. */
export type Sending = Pick<TransferRequest, 'partsAtOnce' | 'bandwidthBytesPerSecond' | 'retry' | 'patienceSeconds'>;

export type Upload = Observers & {
  readonly client: ApiClient;
  readonly platform: Platform;
  readonly sending: Sending;
  readonly pushed: Pushed;
};

// If parts are still missing after so many rounds, another round will not help.
const ROUNDS_MAX = 5;
const SHOWN_EVERY_MS = 125;
const NEXT = 'Nothing that the store has confirmed is lost: do the same again, and it goes on.';

/**
 * Sends what is missing, finishes the push, and waits for the end. Gives the view in which it ended: `copied`, or
 * `aborted`, `failed` or `paused` by somebody else. A source that changed meanwhile is aborted.
 */
export async function upload(begun: TransferView, { pushed, ...options }: Upload): Promise<TransferView> {
  const { client, signal = new AbortController().signal } = options;
  const work = { ...options, pushed, signal, tell: telling(options) };
  options.onStarted?.(begun);
  try {
    for (let view = begun, round = 1; ; round += 1) {
      const isPushing = view.state === 'pushing';
      // An earlier client has sent everything. We read our bytes to know whether they are the same.
      const whole = await (isPushing ? sendMissing(work, view) : pushed.read(signal));
      if (whole === 'lost' && round < ROUNDS_MAX) continue;
      if (whole === 'lost')
        throw new TransferError('UploadLost', `${view.target} lost the upload ${ROUNDS_MAX} times.`);
      if (isPushing) view = await patiently(work, () => client.finish(begun.transferId, whole));
      view = await watched(work, view);
      if (view.state === 'copied') refuseOtherBytes(view, whole);
      if (view.state !== 'pushing') return view;
      if (!pushed.mayRepeat || round === ROUNDS_MAX) throw missing(view);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isNamed(error, 'SourceChanged')) await client.abort(begun.transferId).catch(() => {});
    throw error;
  }
}

type Work = Upload & { readonly signal: AbortSignal; readonly tell: (view: TransferView) => void };

/** A laptop that wakes up, or a network that changes, takes the API away for a moment. */
function patiently<T>({ signal, onTrouble = () => {}, platform: { clock } }: Work, ask: () => Promise<T>): Promise<T> {
  return askPatiently(ask, { signal, onTrouble, clock, meanwhile: 'Asking again.', next: NEXT });
}

function watched(
  { client, signal, onTrouble = () => {}, tell, platform }: Work,
  begun: TransferView,
): Promise<TransferView> {
  // The same request resumes a transfer that had failed. Its state is `failed` until the execution is at work again.
  const isOld = (view: TransferView) => isWaiting(begun.state) && view.updatedAt === begun.updatedAt;
  return watchTransfer(client, begun.transferId, { signal, isOld, onView: tell, onTrouble, clock: platform.clock });
}

/** `lost`: the store lost the upload, and all parts with it; another upload is begun. */
async function sendMissing(work: Work, view: TransferView): Promise<Whole | 'lost'> {
  const { client, platform, pushed, sending, signal, onTrouble = () => {}, tell } = work;
  const api: PushApi = { ...client, parts: (id, page) => patiently(work, () => client.parts(id, page)) };
  const onProgress = atMostOften(platform.clock, ({ partsDone, bytesDone, bytesLost, ...now }: PushProgress) =>
    tell({
      ...view,
      progress: {
        ...view.progress,
        ...now,
        partsCopied: partsDone,
        bytesCopied: bytesDone,
        bytesLost: view.progress.bytesLost + bytesLost,
      },
    }),
  );
  try {
    const { partsAtOnce, bandwidthBytesPerSecond, retry, patienceSeconds } = sending;
    return await pushed.send(api, view, {
      partsAtOnce,
      bandwidthBytesPerSecond,
      retry,
      patienceSeconds,
      platform,
      signal,
      onProgress,
      onTrouble,
    });
  } catch (error) {
    const isLost = isNamed(error, 'UploadLost') || (error instanceof PartwayError && error.name === 'UploadLost');
    if (!isLost) throw error;
    if (!pushed.mayRepeat)
      throw new TransferError(
        'UploadLost',
        `${view.target} no longer knows the upload, and what this stream had sent is lost with it. Another upload has begun: give the whole stream again.`,
        { cause: error },
      );
    onTrouble('The store no longer knows the upload. Partway begins another one.');
    return 'lost';
  }
}

/** Whether it is a stream that has not ended. Its plan is the one of the longest stream that fits. */
export function isOpenStream({ progress, plan }: TransferView): boolean {
  return progress.bytesTotal === 0 && (plan?.objectBytes ?? 0) > 0;
}

/** Makes the caller's progress of views. The service does not know when this client began. */
function telling({ onProgress, platform: { clock } }: Omit<Upload, 'pushed'>): (view: TransferView) => void {
  const beganMs = clock.nowMs();
  return (given) => {
    const seconds = (clock.nowMs() - beganMs) / 1000;
    const view = { ...given, elapsedSeconds: Math.round(seconds) };
    const { progress, state } = view;
    const { parts, bytes } = partsAndBytesDone(progress);
    const isOpen = isOpenStream(view);
    onProgress?.({
      bytesDone: bytes + progress.bytesInFlight,
      bytesTotal: isOpen ? undefined : progress.bytesTotal,
      seconds,
      partsDone: parts,
      partsTotal: isOpen ? undefined : progress.partsTotal,
      retries: progress.retries,
      state,
      view,
    });
  };
}

/** Bytes come in pieces of 1 MiB; nobody can read so many lines. */
function atMostOften(clock: Clock, show: (progress: PushProgress) => void): (progress: PushProgress) => void {
  let shownMs = 0;
  return (progress) => {
    if (progress.bytesInFlight > 0 && clock.nowMs() - shownMs < SHOWN_EVERY_MS) return;
    shownMs = clock.nowMs();
    show(progress);
  };
}

/** Two clients may push different bytes to one key, or a file may have changed since another one pushed it. */
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
