import type { BatchReport, Tally, Transfer } from './transfer.ts';

/** How far a transfer is. Bytes in flight are not safe yet; they are shown because a part may be 5 GiB. */
export type Progress = {
  readonly partsCopied: number;
  readonly partsTotal: number;
  readonly bytesCopied: number;
  readonly bytesInFlight: number;
  readonly bytesTotal: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly round: number;
};

/** Adds what the batches of the present round report to what was known when it began. Older reports are in the tally. */
export function tallyNow(transfer: Transfer, reports: readonly BatchReport[]): Tally & { bytesInFlight: number } {
  const sum = { ...transfer.tally, bytesInFlight: 0 };
  for (const report of reports) {
    if (report.round !== transfer.round) continue;
    sum.partsCopied += report.partsCopied;
    sum.bytesCopied += report.bytesCopied;
    sum.bytesInFlight += report.bytesInFlight;
    sum.bytesSent += report.bytesSent;
    sum.retries += report.retries;
    sum.lambdaMs += report.lambdaMs;
    sum.invocations += report.invocations;
  }
  return sum;
}

export function progressOf(transfer: Transfer, reports: readonly BatchReport[]): Progress {
  const now = tallyNow(transfer, reports);
  return {
    partsCopied: now.partsCopied,
    partsTotal: transfer.plan?.partCount ?? 0,
    bytesCopied: now.bytesCopied,
    bytesInFlight: now.bytesInFlight,
    bytesTotal: transfer.source?.bytes ?? 0,
    bytesSent: now.bytesSent,
    retries: now.retries,
    round: transfer.round,
  };
}
