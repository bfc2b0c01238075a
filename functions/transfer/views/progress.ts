import { type BatchReport, nothingYet, type Tally } from '../tally.ts';
import { isFinal, isWaiting, type Transfer } from '../transfer.ts';
import { type Phase, phaseOf } from './phase.ts';

/** How far a transfer is. Bytes in flight are not safe yet. We show them because a part may be 5 GiB. */
export type Progress = {
  readonly phase: Phase;
  readonly partsCopied: number;
  readonly partsTotal: number;
  readonly bytesCopied: number;
  readonly partsReadBack: number;
  readonly bytesReadBack: number;
  /** In the present phase. */
  readonly bytesInFlight: number;
  /** Of the bytes in flight, those of parts that need more than a minute. A pause throws them away. */
  readonly bytesTooSlow: number;
  /**
   * Bytes that were done or in flight, and must be moved once more. As long as a phase lasts, the sum of what is done,
   * in flight and lost never falls.
   */
  readonly bytesLost: number;
  readonly bytesTotal: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly round: number;
};

type Moving = { readonly bytesInFlight: number; readonly bytesTooSlow: number };

/** Adds the reports of the present round to what was known when it began. Older reports are in the tally. */
export function tallyNow(transfer: Transfer, reports: readonly BatchReport[]): Tally & Moving {
  const sum = { ...nothingYet, ...transfer.tally, bytesInFlight: 0, bytesTooSlow: 0 };
  for (const report of reports) {
    if (report.round !== transfer.round) continue;
    sum.partsCopied += report.partsCopied;
    sum.bytesCopied += report.bytesCopied;
    sum.partsReadBack += report.partsReadBack;
    sum.bytesReadBack += report.bytesReadBack;
    sum.bytesInFlight += report.bytesInFlight;
    sum.bytesTooSlow += report.bytesTooSlow ?? 0;
    sum.bytesLost += report.bytesLost;
    sum.bytesSent += report.bytesSent;
    sum.retries += report.retries;
    sum.lambdaMs += report.lambdaMs;
    sum.invocations += report.invocations;
  }
  return sum;
}

/** How far the present phase is: one number for bars and rates. */
export function partsAndBytesDone(progress: Progress): { parts: number; bytes: number } {
  const { phase, partsCopied, bytesCopied, partsReadBack, bytesReadBack } = progress;
  if (phase === 'reading back') return { parts: partsReadBack, bytes: bytesReadBack };
  return { parts: partsCopied, bytes: bytesCopied };
}

export function progressOf(transfer: Transfer, reports: readonly BatchReport[]): Progress {
  const now = tallyNow(transfer, reports);
  const isAtRest = isFinal(transfer.state) || isWaiting(transfer.state);
  return {
    phase: phaseOf(transfer),
    partsCopied: now.partsCopied,
    partsTotal: transfer.plan?.partCount ?? 0,
    bytesCopied: now.bytesCopied,
    partsReadBack: now.partsReadBack,
    bytesReadBack: now.bytesReadBack,
    // The bytes that a stopped batch last reported as under way are lost.
    bytesInFlight: isAtRest ? 0 : now.bytesInFlight,
    bytesTooSlow: isAtRest ? 0 : now.bytesTooSlow,
    bytesLost: now.bytesLost + (isAtRest ? now.bytesInFlight : 0),
    bytesTotal: transfer.source?.bytes ?? 0,
    bytesSent: now.bytesSent,
    retries: now.retries,
    round: transfer.round,
  };
}
