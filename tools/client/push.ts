import { type Limiter, openLimiter } from '../../functions/engine/batch/limiter.ts';
import { isNamed, isPassing, TransferError } from '../../functions/transfer/errors.ts';
import type { Plan } from '../../functions/transfer/plan.ts';
import type { SentPart, SignedParts, WantedPart } from '../../functions/transfer/push.ts';
import type { TransferRequest } from '../../functions/transfer/request.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import { wholeCrc32 } from '../../functions/transfer/values/checksums.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { type PartBody, type Platform, type Sent, sumsOf, type Whole } from './bytes.ts';

/** The calls of Partway's API that a push needs. An error that may pass has `mayPass: true`. */
export type PushApi = {
  parts(
    transferId: string,
    page: { after: string | undefined },
  ): Promise<{ parts: readonly CopiedPart[]; after?: number }>;
  /** `lostUploadId` is an upload that the store does not know any more. */
  signParts(transferId: string, parts: readonly WantedPart[], lostUploadId?: string): Promise<SignedParts>;
  recordParts(transferId: string, sent: { uploadId: string; parts: readonly SentPart[] }): Promise<unknown>;
};

export type PushOptions = Pick<
  TransferRequest,
  'partsAtOnce' | 'bandwidthBytesPerSecond' | 'retry' | 'patienceSeconds'
> & {
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PushProgress) => void;
  /** What went wrong, and that it is tried again. */
  readonly onTrouble: (sentence: string) => void;
};

export type PushProgress = {
  readonly partsDone: number;
  readonly bytesDone: number;
  readonly bytesInFlight: number;
  /** Of attempts that failed. */
  readonly bytesLost: number;
  readonly retries: number;
};

export type NumberedPart = {
  readonly partNumber: number;
  readonly body: PartBody;
  /** The service may have it already: it is read first, and sent only if its CRC32 is another one. */
  readonly compare: boolean;
  /** Called when its memory may be used again. */
  readonly done?: () => void;
};

const WAIT_MS_MAX = 60_000;
// A refusal may be of one moment: a secret that is being rotated. Others stay.
const REFUSALS_MAX = 3;

/**
 * Sends parts, some at a time, each to a URL of its own, and tells the service of each one. What fails is sent again, as
 * long as anything gets through within the patience of the transfer. Throws what no repetition cures.
 */
export async function pushParts(
  api: PushApi,
  view: Pick<TransferView, 'transferId' | 'push'>,
  parts: AsyncIterable<NumberedPart>,
  given: PushOptions,
  before: Pick<PushProgress, 'partsDone' | 'bytesDone'> = { partsDone: 0, bytesDone: 0 },
): Promise<Summed> {
  const summed = new Map<number, { bytes: number; crc32: number }>();
  const progress = { ...before, bytesInFlight: 0, bytesLost: 0, retries: 0 };
  const stop = new AbortController();
  const signal = AbortSignal.any([given.signal, stop.signal]);
  // Lanes that are being stopped go on for a moment. Nobody wants to hear of them after the end.
  const onProgress = (now: PushProgress) => signal.aborted || given.onProgress(now);
  const options = { ...given, onProgress };
  const { clock } = options.platform;
  const limit = openLimiter(clock, options.bandwidthBytesPerSecond);
  const work = { api, view, options, progress, summed, signal, limit, progressAtMs: clock.nowMs() };
  const iterator = parts[Symbol.asyncIterator]();
  // A generator answers one `next` after the other, so lanes may share it.
  const lane = async () => {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return;
      await sendUntilThere(work, value);
      value.done?.();
    }
  };
  try {
    await Promise.all(Array.from({ length: options.partsAtOnce }, lane));
    return summed;
  } catch (error) {
    stop.abort();
    throw error;
  }
}

/** The parts that this client has read, by number. */
export type Summed = Map<number, { readonly bytes: number; readonly crc32: number }>;

/** The CRC32 of all parts, in the order of their numbers. */
export function wholeOf(
  summed: ReadonlyMap<number, { readonly bytes: number; readonly crc32?: number | undefined }>,
): Whole {
  const parts = [...summed].toSorted(([one], [other]) => one - other).map(([, part]) => part);
  const crc = wholeCrc32(parts);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { bytes, crc32: crc === undefined ? undefined : Number.parseInt(crc, 16) };
}

type Work = {
  readonly summed: Summed;
  readonly api: PushApi;
  readonly view: Pick<TransferView, 'transferId' | 'push'>;
  readonly options: PushOptions;
  readonly progress: { -readonly [Name in keyof PushProgress]: number };
  readonly signal: AbortSignal;
  readonly limit: Limiter;
  progressAtMs: number;
};

async function sendUntilThere(work: Work, part: NumberedPart): Promise<void> {
  const { retry, patienceSeconds, onTrouble, platform } = work.options;
  const { clock } = platform;
  const sending: Sending = { sent: undefined, bytesInFlight: 0 };
  for (let attempt = 0, refusals = 0; ; attempt += 1) {
    try {
      await sendOnce(work, part, sending);
      work.progressAtMs = clock.nowMs();
      return;
    } catch (error) {
      work.signal.throwIfAborted();
      const mayPass = isPassing(error) || (error instanceof Error && 'mayPass' in error && error.mayPass === true);
      if (isNamed(error, 'Refused', 'Damaged')) refusals += 1;
      const isCurable = mayPass || (refusals > 0 && refusals < REFUSALS_MAX && isNamed(error, 'Refused', 'Damaged'));
      if (!isCurable) throw error;
      const idleMs = clock.nowMs() - work.progressAtMs;
      if (attempt >= retry.count && idleMs > patienceSeconds * 1000) throw error;
      if (attempt === retry.count)
        onTrouble(`Part ${part.partNumber}: ${(error as Error).message} Partway tries again.`);
      work.progress.retries += 1;
      const waitMs = Math.min(WAIT_MS_MAX, waitMsOf(retry, attempt));
      await clock.sleep(waitMs * (0.5 + clock.random() / 2), work.signal);
    }
  }
}

/** After the retries that were asked for, what is left is patience, which does not hurry a store. */
function waitMsOf({ count, intervalSeconds, backoff }: PushOptions['retry'], attempt: number): number {
  const firstMs = 1000 * (attempt < count ? intervalSeconds : Math.max(1, intervalSeconds));
  return firstMs * backoff ** Math.min(attempt, 20);
}

/** What this client knows of a part that it is sending. A part that the store has taken is not sent again to be told of. */
type Sending = { sent: Taken | undefined; bytesInFlight: number };
/** `record` is what the service must still be told, if it does not know the part. */
type Taken = { readonly crc32: number | undefined; readonly record: SentParts | undefined };
type SentParts = { readonly uploadId: string; readonly parts: readonly SentPart[] };

async function sendOnce(work: Work, { partNumber, body, compare }: NumberedPart, sending: Sending): Promise<void> {
  const { api, view, progress, summed, options } = work;
  sending.sent ??= await transmit(work, { partNumber, body, compare }, sending);
  const { crc32, record } = sending.sent;
  if (record) await api.recordParts(view.transferId, record);
  if (crc32 !== undefined) summed.set(partNumber, { bytes: body.bytes, crc32 });
  progress.bytesInFlight -= sending.bytesInFlight;
  progress.partsDone += 1;
  progress.bytesDone += body.bytes;
  options.onProgress({ ...progress });
}

/** Sends a part to the store, unless the service says that it is there. */
async function transmit(work: Work, { partNumber, body, compare }: NumberedPart, sending: Sending): Promise<Taken> {
  const { api, view, options, signal, limit } = work;
  const { transferId, push } = view;
  const { bytes } = body;
  const { platform } = options;
  const sum = () => sumsOf(platform, body, { withMd5: needsMd5(push) || comparesMd5(push), signal });
  let known = compare || push?.signsCrc32 || needsMd5(push) ? await sum() : undefined;
  const ask = () => api.signParts(transferId, [{ partNumber, bytes, ...known }]);
  let { urls, uploadId } = await ask();
  if (urls.length === 0 && known === undefined) {
    // Another client has sent a part of this number meanwhile; whether it is the same one, only its CRC32 tells.
    known = await sum();
    ({ urls, uploadId } = await ask());
  }
  const [signed] = urls;
  if (!signed) return { crc32: known?.crc32, record: undefined };
  try {
    const onBytes = (count: number) => countInFlight(work, sending, count);
    const sent = await platform.put(signed, body, { withMd5: push?.etagIsMd5 ?? false, signal, limit, onBytes });
    refuseDamaged(partNumber, sent, known?.crc32);
    const { etag } = sent;
    return { crc32: sent.crc32, record: { uploadId, parts: [{ partNumber, bytes, etag, crc32: sent.crc32 }] } };
  } catch (error) {
    work.progress.bytesLost += sending.bytesInFlight;
    countInFlight(work, sending, -sending.bytesInFlight);
    // Only this client has heard of it.
    if (isNamed(error, 'UploadLost')) await api.signParts(transferId, [{ partNumber, bytes, ...known }], uploadId);
    throw error;
  }
}

/** Where the store would keep other bytes, and tell nobody: there it compares an MD5, so the part is read for it first. */
function needsMd5(push: TransferView['push']): boolean {
  return push?.signsMd5 === true && !push.signsCrc32 && !push.etagIsMd5;
}

/** Only the MD5 tells whether a part of another program has these bytes. */
function comparesMd5(push: TransferView['push']): boolean {
  return push?.adopts === true && push.etagIsMd5;
}

function countInFlight({ progress, options }: Work, sending: Sending, bytes: number): void {
  sending.bytesInFlight += bytes;
  progress.bytesInFlight += bytes;
  options.onProgress({ ...progress });
}

/** An ETag that is not 32 hexadecimal digits says nothing of the bytes. */
function refuseDamaged(partNumber: number, { etag, crc32, md5 }: Sent, known: number | undefined): void {
  if (known !== undefined && crc32 !== known)
    throw new TransferError('SourceChanged', `Part ${partNumber} had other bytes when it was read the second time.`);
  if (md5 === undefined || !/^[0-9a-f]{32}$/i.test(etag) || etag.toLowerCase() === md5) return;
  throw new TransferError('Damaged', `Part ${partNumber} arrived with MD5 ${etag}, and was sent with ${md5}.`, {
    partNumber,
  });
}

/** All parts that the service knows of, by number. */
export async function recordedParts(api: PushApi, transferId: string): Promise<Map<number, CopiedPart>> {
  const recorded = new Map<number, CopiedPart>();
  for (let after: string | undefined; ; ) {
    const page = await api.parts(transferId, { after });
    for (const part of page.parts) recorded.set(part.partNumber, part);
    if (page.after === undefined) return recorded;
    after = String(page.after);
  }
}

export function planOf({ plan, transferId }: TransferView): Plan {
  if (plan) return plan;
  throw new TransferError('InternalError', `Transfer ${transferId} has no plan.`);
}
