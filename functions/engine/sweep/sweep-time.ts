import type { Clock } from '../ports/ports.ts';
import { inTime } from '../stores/in-time.ts';

// At a store that does not answer, an abort takes a minute of tries, and the time of the requests.
const WORK_MS_MAX = 2 * 60_000;
// Work that begins in the last seconds could not be finished.
const LAST_MS = 5_000;

/** The time that one part of a sweep has. */
export type SweepTime = {
  isOver(): boolean;
  /** Throws Unreachable if the work takes so long that it would keep the rest from being done. */
  within<T>(what: string, work: Promise<T>): Promise<T>;
};

export function timeUntil(clock: Clock, untilMs: number): SweepTime {
  return {
    isOver: () => clock.nowMs() >= untilMs - LAST_MS,
    within: (what, work) => {
      const deadlineMs = Math.min(untilMs, clock.nowMs() + WORK_MS_MAX);
      return inTime({ clock, deadlineMs: () => deadlineMs }, what, work);
    },
  };
}
