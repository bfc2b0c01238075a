import type { LocalFunction } from '../template/assembly.ts';

/** How long starts and invocations take on this computer now. It learns from each of them. */
export type Pace = {
  /** An environment took this long from its start to its first invocation. */
  started(ms: number): void;
  ended(fn: LocalFunction, ms: number): void;
  /**
   * Whether invocations of a function last longer than a start: the last ones did, or one runs for longer already. If they
   * are shorter, the environments that are there finish the line before another one is up, and each start slows everything
   * down. True until a start was measured.
   */
  isLong(fn: LocalFunction, runsForMs: number): boolean;
};

// Gives most of the weight to the last three.
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
