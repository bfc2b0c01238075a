import type { BatchReport } from '../tally.ts';
import { isFinal, isWaiting, type Transfer } from '../transfer.ts';

/** After a pause, parts under way may take this long to finish. Whoever waits for the pause waits no longer than that. */
export const PAUSE_MS_MAX = 60_000;

// A batch at work reports every second. If its report is much older, its Lambda is dead, and its bytes are lost already.
const REPORT_MS_MAX = 5_000;

/** A part of which some bytes may have been sent. */
export type UnderWay = {
  readonly partNumber: number;
  readonly bytesSent: number;
  readonly bytesLeft: number;
  readonly bytesPerSecond: number;
};

/**
 * The parts that can finish in that time, by the rates that were measured. A part can if its own rate is enough. If we
 * give other parts up, their share of the network becomes free. So we also keep parts, the ones with the fewest bytes left
 * first, as long as all of them together need no more than the sum of the rates.
 */
export function partsInTime(parts: readonly UnderWay[], ms: number): ReadonlySet<number> {
  const seconds = Math.max(0, ms / 1000);
  const room = parts.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0) * seconds;
  const inTime = new Set<number>();
  let together = 0;
  for (const { partNumber, bytesLeft, bytesPerSecond } of parts.toSorted((a, b) => a.bytesLeft - b.bytesLeft)) {
    together += bytesLeft;
    if (bytesLeft <= bytesPerSecond * seconds || together <= room) inTime.add(partNumber);
  }
  return inTime;
}

/** How many of the sent bytes a pause would throw away now, because their parts need too long. */
export function bytesTooSlow(parts: readonly UnderWay[], ms: number = PAUSE_MS_MAX): number {
  const inTime = partsInTime(parts, ms);
  return parts.reduce((sum, { partNumber, bytesSent }) => sum + (inTime.has(partNumber) ? 0 : bytesSent), 0);
}

/** Whether some batch of this round has bytes under way, which a pause can save. */
export function hasBytesUnderWay(reports: readonly BatchReport[], round: number, nowMs: number): boolean {
  return reports.some(
    (report) => report.round === round && report.bytesInFlight > 0 && nowMs - (report.atMs ?? 0) < REPORT_MS_MAX,
  );
}

/** Whether it is to be paused as soon as its batches have ended. Until then a resume can take the pause back. */
export function isPauseUnderWay({ pauseRequested, cancelRequested, roundEndsByMs, state }: Transfer): boolean {
  const isOver = isFinal(state) || isWaiting(state) || cancelRequested;
  return pauseRequested && roundEndsByMs !== undefined && !isOver;
}
