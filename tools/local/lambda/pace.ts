import type { LocalFunction } from '../assembly.ts';

/** How long things take on this computer as it is now, busy or not: learned from each start and each invocation. */
export type Pace = {
  /** An environment asked for work so long after it was begun. */
  started(ms: number): void;
  ended(fn: LocalFunction, ms: number): void;
  /**
   * Whether one more environment helps a function. Where invocations are shorter than a start, those that it has get
   * through the line sooner than another one is up; and the more of them start, the longer everything takes. While
   * nothing has been learned, yes.
   */
  isWorthAStart(fn: LocalFunction, longestMs: number): boolean;
};

// The last three or so count.
const WEIGHT = 0.3;

export function openPace(): Pace {
  let startMs: number | undefined;
  const invocationMs = new Map<LocalFunction, number>();
  const next = (mean: number | undefined, ms: number) => (mean === undefined ? ms : mean + WEIGHT * (ms - mean));
  return {
    started: (ms) => {
      startMs = next(startMs, ms);
    },
    ended: (fn, ms) => invocationMs.set(fn, next(invocationMs.get(fn), ms)),
    isWorthAStart: (fn, longestMs) => startMs === undefined || Math.max(invocationMs.get(fn) ?? 0, longestMs) > startMs,
  };
}
