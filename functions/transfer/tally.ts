/** What a batch reports while it works: absolute numbers of its round, so a report may be repeated. */
export type BatchReport = {
  readonly firstPart: number;
  readonly round: number;
  readonly partsCopied: number;
  readonly bytesCopied: number;
  readonly partsReadBack: number;
  readonly bytesReadBack: number;
  /** Bytes of parts under way. They are lost if the Lambda dies now. */
  readonly bytesInFlight: number;
  /**
   * Of the bytes in flight, those of parts that need more than a minute at the present rate. A pause throws them away.
   * Rows of earlier versions do not have it.
   */
  readonly bytesTooSlow?: number | undefined;
  /** Bytes that were under way, and must be moved once more. Without them, a bar that goes back would look like a fault. */
  readonly bytesLost: number;
  /** All bytes sent to the target in this round, with those of failed attempts and dead Lambdas. */
  readonly bytesSent: number;
  readonly retries: number;
  readonly lambdaMs: number;
  readonly invocations: number;
  /** When it last finished a part, in this round. */
  readonly partDoneAtMs?: number | undefined;
  /** When this was reported: the last sign of life. Rows of earlier versions do not have it. */
  readonly atMs?: number | undefined;
};

/** Bytes, parts and work so far, up to the beginning of the round. */
export type Tally = {
  readonly partsCopied: number;
  readonly bytesCopied: number;
  readonly partsReadBack: number;
  readonly bytesReadBack: number;
  readonly bytesLost: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly lambdaMs: number;
  readonly invocations: number;
};

export const nothingYet: Tally = {
  partsCopied: 0,
  bytesCopied: 0,
  partsReadBack: 0,
  bytesReadBack: 0,
  bytesLost: 0,
  bytesSent: 0,
  retries: 0,
  lambdaMs: 0,
  invocations: 0,
};

/**
 * How many bytes are lost, now that `bytesDoneNow` are known to be safe. What was done or in flight before, and is not
 * safe now, was lost. So the sum of what is done, in flight and lost never falls.
 */
export function lostUntil(
  before: { readonly bytesDone: number; readonly bytesInFlight: number; readonly bytesLost: number },
  bytesDoneNow: number,
): number {
  return before.bytesLost + Math.max(0, before.bytesDone + before.bytesInFlight - bytesDoneNow);
}

/** For a new upload: it has no part of the old one. Headers of earlier versions have no `bytesLost`. */
export function allLost(given: Tally): Tally {
  const tally = { ...nothingYet, ...given };
  return { ...tally, partsCopied: 0, bytesCopied: 0, bytesLost: tally.bytesLost + tally.bytesCopied };
}

export function batchReport(row: BatchReport): BatchReport {
  const { firstPart, round, partsCopied, bytesCopied, bytesInFlight, bytesSent, retries, lambdaMs, invocations } = row;
  const { partsReadBack = 0, bytesReadBack = 0, bytesLost = 0 } = row; // rows of earlier versions have none of them
  const done = { partsCopied, bytesCopied, partsReadBack, bytesReadBack };
  const { bytesTooSlow, partDoneAtMs, atMs } = row;
  return {
    firstPart,
    round,
    ...done,
    bytesInFlight,
    bytesTooSlow,
    bytesLost,
    bytesSent,
    retries,
    lambdaMs,
    invocations,
    partDoneAtMs,
    atMs,
  };
}
