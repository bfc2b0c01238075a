import { RETRIES_MAX } from '../messages.ts';
import type { BatchReport } from '../tally.ts';
import type { Transfer } from '../transfer.ts';

/** What the last round has done, and for how long nothing has worked, as patience counts it. */
export type Idleness = {
  /** Rounds in a row that copied nothing although Lambdas ran. */
  readonly idleRounds: number;
  readonly idleMs: number;
  readonly progressAtMs: number;
  readonly lost: Transfer['lost'];
  /** Whether Lambda had no room for any batch of the last round. */
  readonly foundNoRoom: boolean;
};

// A batch that dies by itself is tried again within a minute (infra/retries.ts). If it took twice as long, Lambda had
// no room.
const NO_ROOM_MS_MIN = 120_000;

// Complete writes no reports. Its own attempts take no longer than this: Lambda lets each run for 5 minutes.
const COMPLETE_MS_MAX = (RETRIES_MAX + 1) * 300_000;

/** After so long without room, a person should know. infra/retries.ts tries a state for the same time. */
export const LOST_MS_MAX = 24 * 3_600_000;

/** Judges the last round. A Complete that fails and comes back is no progress either, since nothing was copied. */
export function idleness(
  transfer: Transfer,
  { partsDone, reports, nowMs }: { partsDone: number; reports: readonly BatchReport[]; nowMs: number },
): Idleness {
  const { readingBack, tally, round, mistrusted, noted, progressAtMs, roundEndsByMs } = transfer;
  const fresh = { idleRounds: 0, lost: undefined, foundNoRoom: false };
  if (round === (readingBack?.round ?? 0)) return { ...fresh, idleMs: 0, progressAtMs: nowMs };
  const hasProgressed = partsDone > (readingBack ? tally.partsReadBack : tally.partsCopied);
  // If a batch has finished a part, but the target does not have it, that is no progress.
  const partAtMs = hasProgressed ? partDoneAt(transfer, reports) : progressAtMs;
  const idleMs = idleMsSince(partAtMs, transfer, { reports, nowMs });
  const lost = { sinceMs: partAtMs, ms: Math.max(0, nowMs - partAtMs - idleMs) };
  if (hasProgressed) return { ...fresh, idleMs, progressAtMs: partAtMs, lost };
  const hasBegun = noted?.round === round || reports.some((report) => report.round === round);
  const wasComplete = transfer.handedOut?.next === 'complete';
  const foundNoRoom = !hasBegun && !wasComplete && lost.ms - lostMsOf(transfer) > NO_ROOM_MS_MIN;
  // A round that somebody ended early shows nothing.
  const wasEnded = mistrusted || roundEndsByMs !== undefined;
  const idleRounds = wasEnded ? 0 : transfer.idleRounds + (foundNoRoom ? 0 : 1);
  return { idleRounds, idleMs, progressAtMs, lost, foundNoRoom };
}

/** For how long no part has finished, as far as the batches of this round have reported. */
export function idleMsOf(transfer: Transfer, reports: readonly BatchReport[], nowMs: number): number {
  return idleMsSince(partDoneAt(transfer, reports), transfer, { reports, nowMs });
}

/**
 * The idle time that patience counts: the waits that Plan handed out, and the time in which our Lambdas worked without
 * success. The time in which Lambda had no room does not count, since nobody asked the stores then.
 */
function idleMsSince(
  partAtMs: number,
  transfer: Transfer,
  { reports, nowMs }: { reports: readonly BatchReport[]; nowMs: number },
): number {
  const { progressAtMs, handedOut, round } = transfer;
  if (!handedOut) return nowMs - partAtMs; // begun by older code
  const sinceMs = Math.max(partAtMs, handedOut.atMs);
  // The idle time before this round counts until a part finishes, or until somebody resumes. The wait counts too.
  const beforeMs = partAtMs > progressAtMs ? 0 : sinceMs - progressAtMs - lostMsOf(transfer);
  const waitMs = sinceMs > handedOut.atMs ? 0 : handedOut.waitMs;
  const mine = reports.filter((report) => report.round === round);
  const busyMs = handedOut.next === 'complete' ? COMPLETE_MS_MAX : workedMs(mine, sinceMs + waitMs, nowMs);
  const triedMs = Math.min(nowMs - sinceMs, waitMs + busyMs + awayMsOf(transfer, nowMs));
  return Math.max(0, beforeMs) + Math.max(0, triedMs);
}

/** When the last part finished, by the header and by the reports of this round. */
function partDoneAt({ progressAtMs, round }: Transfer, reports: readonly BatchReport[]): number {
  const times = reports.map((report) => (report.round === round ? (report.partDoneAtMs ?? 0) : 0));
  return Math.max(progressAtMs, ...times);
}

/**
 * For how long batches have worked. Several batches work at once, so the sum of their times may be too long. A batch
 * that waits for its next try does not work.
 */
function workedMs(reports: readonly BatchReport[], sinceMs: number, nowMs: number): number {
  const lastSignMs = Math.max(sinceMs, ...reports.map(({ atMs = nowMs }) => atMs));
  const sumMs = reports.reduce((sum, { lambdaMs }) => sum + lambdaMs, 0);
  return Math.min(sumMs, lastSignMs - sinceMs);
}

/** For how long a step that copies nothing could not reach a store. */
export function awayMsOf({ awaySinceMs, awayUntilMs }: Transfer, nowMs: number): number {
  return awaySinceMs === undefined ? 0 : (awayUntilMs ?? nowMs) - awaySinceMs;
}

/** For how long Lambda had no room since the last part. A count that belongs to an earlier part no longer holds. */
function lostMsOf({ lost, progressAtMs }: Transfer): number {
  return lost?.sinceMs === progressAtMs ? lost.ms : 0;
}
