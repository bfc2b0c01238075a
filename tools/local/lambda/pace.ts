import type { LocalFunction } from '../assembly.ts';

/** How long things take on this computer as it is now, busy or not: learned from each start and each invocation. */
export type Pace = {
  /** An environment asked for work so long after it was begun. */
  started(ms: number): void;
  ended(fn: LocalFunction, ms: number): void;
  /**
   * Whether an invocation lasts longer than a start: as they did lately, or as one does that runs for so long already.
   * Where they are shorter, the environments that are there get through the line sooner than another one is up; and the
   * more of them start, the longer everything takes. While nothing has been learned, yes.
   */
  isLong(fn: LocalFunction, runsForMs: number): boolean;
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
    isLong: (fn, runsForMs) => startMs === undefined || Math.max(invocationMs.get(fn) ?? 0, runsForMs) > startMs,
  };
}
