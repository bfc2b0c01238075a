import type { Clock } from '../ports/ports.ts';
import { inTime } from '../stores/in-time.ts';

// Giving up a transfer at a store that cannot be asked takes a minute of aborts, and the requests theirs.
const WORK_MS_MAX = 2 * 60_000;
// What is begun later than this before the end could not be done.
const LAST_MS = 5_000;

/** The time that one part of a sweep has. */
export type SweepTime = {
  isOver(): boolean;
  /** Throws Unreachable when the work takes so long that it would keep all others from being done. */
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
