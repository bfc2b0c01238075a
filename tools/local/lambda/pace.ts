import type { LocalFunction } from '../template/assembly.ts';

/** How long starts and invocations take on this computer now. Each start and each invocation updates it. */
export type Pace = {
  /** Reports the time from the start of an environment to its first invocation. */
  started(ms: number): void;
  ended(fn: LocalFunction, ms: number): void;
  /**
   * Whether invocations of a function last longer than a start of an environment: the last ones did, or one that runs now
   * already does. If they are shorter, the existing environments finish the line before a new one is up, and each start
   * slows everything down. True until a start was measured.
   */
  isLong(fn: LocalFunction, runsForMs: number): boolean;
};

// With this weight, the last three values count most.
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
    isLong: (fn, runsForMs) => startMs === undefined || Math.max(invocationMs.get(fn) ?? 0, runsForMs) > startMs,
  };
}
