import { RETRIES_MAX } from '../messages.ts';
import type { BatchReport } from '../tally.ts';
import type { Transfer } from '../transfer.ts';

/** What the last round brought, and how long nothing has got through as patience counts it. */
export type Idleness = {
  /** Rounds in a row that brought nothing although Lambdas ran. */
  readonly idleRounds: number;
  readonly idleMs: number;
  readonly progressAtMs: number;
  readonly lost: Transfer['lost'];
  /** Lambda began nothing of the last round, although the batches were tried for longer than a minute. */
  readonly foundNoRoom: boolean;
};

// A batch that dies by itself is tried again within a minute (infra/retries.ts). Where it took twice as long, Lambda had no room.
const NO_ROOM_MS_MIN = 120_000;

// Complete reports nothing. Its own attempts take no longer than this: Lambda lets each run for 5 minutes.
const COMPLETE_MS_MAX = (RETRIES_MAX + 1) * 300_000;

/** After so long without room a person should hear of it. It is as long as infra/retries.ts tries a state. */
export const LOST_MS_MAX = 24 * 3_600_000;

/** A Complete that comes back without success is no progress either: nothing was copied since. */
export function idleness(
  transfer: Transfer,
  { partsDone, reports, nowMs }: { partsDone: number; reports: readonly BatchReport[]; nowMs: number },
): Idleness {
  const { readingBack, tally, round, mistrusted, noted, progressAtMs } = transfer;
  const fresh = { idleRounds: 0, lost: undefined, foundNoRoom: false };
  if (round === (readingBack?.round ?? 0)) return { ...fresh, idleMs: 0, progressAtMs: nowMs };
  const hasProgressed = partsDone > (readingBack ? tally.partsReadBack : tally.partsCopied);
  // A part that a batch has finished, and the target does not have, is no progress.
  const partAtMs = hasProgressed ? partDoneAt(transfer, reports) : progressAtMs;
  const idleMs = idleMsSince(partAtMs, transfer, { reports, nowMs });
  const lost = { sinceMs: partAtMs, ms: Math.max(0, nowMs - partAtMs - idleMs) };
  if (hasProgressed) return { ...fresh, idleMs, progressAtMs: partAtMs, lost };
  const hasBegun = noted?.round === round || reports.some((report) => report.round === round);
  const wasComplete = transfer.handedOut?.next === 'complete';
  const foundNoRoom = !hasBegun && !wasComplete && lost.ms - lostMsOf(transfer) > NO_ROOM_MS_MIN;
  const idleRounds = mistrusted ? 0 : transfer.idleRounds + (foundNoRoom ? 0 : 1);
  return { idleRounds, idleMs, progressAtMs, lost, foundNoRoom };
}

/** For how long nobody has finished a part, as far as the batches of the round tell by now. */
export function idleMsOf(transfer: Transfer, reports: readonly BatchReport[], nowMs: number): number {
  return idleMsSince(partDoneAt(transfer, reports), transfer, { reports, nowMs });
}

/**
 * As patience counts it: the waits that were handed out, and the time in which our Lambdas were at work in vain. While
 * Lambda has no room for them nobody tries anything, and that is not held against the stores.
 */
function idleMsSince(
  partAtMs: number,
  transfer: Transfer,
  { reports, nowMs }: { reports: readonly BatchReport[]; nowMs: number },
): number {
  const { progressAtMs, handedOut, round } = transfer;
  if (!handedOut) return nowMs - partAtMs; // begun by older code
  const sinceMs = Math.max(partAtMs, handedOut.atMs);
  // What came before this round counts until a part comes, or somebody resumes; so does the wait.
  const beforeMs = partAtMs > progressAtMs ? 0 : sinceMs - progressAtMs - lostMsOf(transfer);
  const waitMs = sinceMs > handedOut.atMs ? 0 : handedOut.waitMs;
  const mine = reports.filter((report) => report.round === round);
  const busyMs = handedOut.next === 'complete' ? COMPLETE_MS_MAX : workedMs(mine, sinceMs + waitMs, nowMs);
  const triedMs = Math.min(nowMs - sinceMs, waitMs + busyMs + awayMsOf(transfer, nowMs));
  return Math.max(0, beforeMs) + Math.max(0, triedMs);
}

/** When a part was last finished, as the header and the batches of its round have it. */
function partDoneAt({ progressAtMs, round }: Transfer, reports: readonly BatchReport[]): number {
  const times = reports.map((report) => (report.round === round ? (report.partDoneAtMs ?? 0) : 0));
  return Math.max(progressAtMs, ...times);
}

/** Several batches work at once, and one that waits to be tried again does not work. */
function workedMs(reports: readonly BatchReport[], sinceMs: number, nowMs: number): number {
  const lastSignMs = Math.max(sinceMs, ...reports.map(({ atMs = nowMs }) => atMs));
  const sumMs = reports.reduce((sum, { lambdaMs }) => sum + lambdaMs, 0);
  return Math.min(sumMs, lastSignMs - sinceMs);
}

/** For how long a step that copies nothing could not reach a store. */
export function awayMsOf({ awaySinceMs, awayUntilMs }: Transfer, nowMs: number): number {
  return awaySinceMs === undefined ? 0 : (awayUntilMs ?? nowMs) - awaySinceMs;
}

/** What was lost since the last part. A count that began with an earlier one is over. */
function lostMsOf({ lost, progressAtMs }: Transfer): number {
  return lost?.sinceMs === progressAtMs ? lost.ms : 0;
}
