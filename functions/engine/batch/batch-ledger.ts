import type { Batch } from '../../transfer/batches.ts';
import { bytesTooSlow } from '../../transfer/budgets/pausing.ts';
import { isPassing, nameAndMessage, type TransferError } from '../../transfer/errors.ts';
import { partsCopiedInStore } from '../../transfer/server-copy.ts';
import { type BatchReport, lostUntil } from '../../transfer/tally.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { note } from '../claim/note.ts';
import type { Ports } from '../ports/ports.ts';
import type { InFlight } from './in-flight.ts';
import type { Meter } from './meter.ts';

// Often enough for a person who watches, and seldom enough to cost little: one write costs $0.000000625. The first
// reports come sooner, so that we know most of what a Lambda did if it dies early.
const REPORT_EVERY_MS_FIRST = 100;
const REPORT_EVERY_MS_MAX = 1_000;

/** What one batch has done in this round. It includes the earlier attempts, also those whose Lambda died. */
export type BatchLedger = {
  watch(partNumber: number, meter: Meter): void;
  /** Call it for each part that was copied, or that was read back after Complete. */
  partDone(part: CopiedPart): void;
  partRetried(partNumber: number, error: unknown): void;
  /** Call it if no more attempts follow in this Lambda. */
  partFailed(partNumber: number): void;
  /** Writes a report now and then, until the signal is aborted. Each time it reads the header and calls `onLook` with it. */
  keepReporting(signal: AbortSignal, onLook: (now: Transfer) => void): Promise<void>;
  report(): Promise<void>;
};

/**
 * Continues from what earlier attempts reported. Their bytes in flight were sent, although they were lost with the
 * Lambda. The numbers are absolute, so a report that is written twice counts once.
 */
export async function openLedger(ports: Ports, { transfer, batch, present, inFlight }: Opened): Promise<BatchLedger> {
  const last = await ports.checkpoints.reportOf(transfer.transferId, batch.firstPart);
  const earlier = last?.round === transfer.round ? last : undefined;
  const attempt = { transfer, batch, earlier, startedMs: ports.clock.nowMs() };
  const done = doneBefore(attempt, present);
  let untold: TransferError | undefined;
  const report = () =>
    ports.checkpoints.report(transfer.transferId, reportOf(attempt, { done, inFlight, nowMs: ports.clock.nowMs() }));
  return {
    watch: inFlight.begin,
    partDone: (part) => {
      inFlight.landed(part.partNumber);
      done.parts += 1;
      done.bytes += part.bytes;
      done.atMs = ports.clock.nowMs();
    },
    partRetried: (partNumber, error) => {
      inFlight.lost(partNumber);
      done.retries += 1;
      if (isPassing(error)) untold ??= error;
    },
    partFailed: inFlight.lost,
    report,
    keepReporting: (signal, onLook) =>
      nowAndThen(ports, signal, async () => {
        await report();
        // We note the first failure at once, since a batch may try for a long time before it gives up.
        if (untold) await note(ports, transfer, untold);
        untold = undefined;
        const now = await ports.checkpoints.read(transfer.transferId);
        if (now) onLook(now);
      }),
  };
}

type Opened = {
  readonly transfer: Transfer;
  readonly batch: Batch;
  /** The rows of the batch's parts. */
  readonly present: readonly CopiedPart[];
  readonly inFlight: InFlight;
};

/** What one call of the batch's Lambda begins with. `earlier` is the last report of an attempt before it in this round. */
type Attempt = {
  readonly transfer: Transfer;
  readonly batch: Batch;
  readonly earlier: BatchReport | undefined;
  readonly startedMs: number;
};

/** What the batch has done in this round, without what is in flight. */
type Done = {
  parts: number;
  bytes: number;
  readonly sent: number;
  readonly lost: number;
  retries: number;
  atMs: number | undefined;
};

function doneBefore({ transfer, earlier }: Attempt, present: readonly CopiedPart[]): Done {
  const isReadingBack = transfer.readingBack !== undefined;
  const ofThisRound = present.filter((part) => (isReadingBack ? part.readBack?.round : part.round) === transfer.round);
  const bytes = sumBytes(ofThisRound);
  return {
    parts: ofThisRound.length,
    bytes,
    sent: sentSoFar(earlier, bytes, sumBytes(partsCopiedInStore(ofThisRound))),
    lost: earlier ? lostUntil({ ...earlier, bytesDone: bytesDoneIn(earlier) }, bytes) : 0,
    retries: (earlier?.retries ?? 0) + (earlier ? 1 : 0), // this attempt is itself a retry
    atMs: earlier?.partDoneAtMs,
  };
}

type Now = { readonly done: Done; readonly inFlight: InFlight; readonly nowMs: number };

function reportOf({ transfer, batch, earlier, startedMs }: Attempt, { done, inFlight, nowMs }: Now): BatchReport {
  const isReadingBack = transfer.readingBack !== undefined;
  const bytes = inFlight.bytes();
  return {
    firstPart: batch.firstPart,
    round: transfer.round,
    ...(isReadingBack ? readBack(done) : copied(done)),
    bytesInFlight: bytes.inFlight,
    bytesTooSlow: bytesTooSlow(inFlight.underWay()),
    bytesLost: done.lost + bytes.lost,
    // Reading back sends nothing.
    bytesSent: isReadingBack ? 0 : done.sent + bytes.sent,
    retries: done.retries,
    lambdaMs: (earlier?.lambdaMs ?? 0) + nowMs - startedMs,
    invocations: (earlier?.invocations ?? 0) + 1,
    partDoneAtMs: done.atMs,
    atMs: nowMs,
  };
}

/** Works until the signal is aborted, at first often. */
async function nowAndThen(
  { clock, log }: Pick<Ports, 'clock' | 'log'>,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  for (let everyMs = REPORT_EVERY_MS_FIRST; !signal.aborted; everyMs = Math.min(2 * everyMs, REPORT_EVERY_MS_MAX)) {
    await clock.sleep(everyMs, signal).catch(() => {}); // an early end means that the batch is over
    try {
      await work();
    } catch (error) {
      // Without this report, a person who watches waits a second longer. The next report has the same numbers.
      log('a report could not be written', nameAndMessage(error));
    }
  }
}

/** A report is of one phase, so one of the two is 0. */
function bytesDoneIn({ bytesCopied, bytesReadBack }: BatchReport): number {
  return bytesCopied + bytesReadBack;
}

type Amount = { readonly parts: number; readonly bytes: number };

function copied({ parts, bytes }: Amount) {
  return { partsCopied: parts, bytesCopied: bytes, partsReadBack: 0, bytesReadBack: 0 };
}

function readBack({ parts, bytes }: Amount) {
  return { partsCopied: 0, bytesCopied: 0, partsReadBack: parts, bytesReadBack: bytes };
}

/**
 * Parts that were recorded after the last report were sent too. Some of their bytes were in flight in that report. If
 * we did not count them, the receipt would show too few bytes that were sent twice. The number is a lower bound, for
 * two reasons. Nobody reported the rest. And parts that the store copied by itself were never sent, but we cannot know
 * whether they were recorded before that report or after it.
 */
function sentSoFar(earlier: BatchReport | undefined, bytesRecorded: number, bytesInStore: number): number {
  if (!earlier) return bytesRecorded - bytesInStore;
  const { bytesSent, bytesInFlight, bytesCopied } = earlier;
  return bytesSent - bytesInFlight + Math.max(bytesInFlight, bytesRecorded - bytesCopied - bytesInStore);
}

function sumBytes(parts: readonly CopiedPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}
