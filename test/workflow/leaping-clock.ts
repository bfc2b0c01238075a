import type { Clock } from '../../functions/engine/ports/ports.ts';

/**
 * A clock that leaps to the next alarm as soon as nothing else can happen. Half a minute of silence takes no time, and
 * no answer is late on a busy computer. Use it only with stores in memory, because it does not wait for a network.
 */
export function leapingClock(): Clock {
  const alarms = new Set<{ readonly atMs: number; readonly ring: () => void }>();
  let nowMs = Date.now();
  let isLeaping = false;
  const leap = () => {
    const [next] = [...alarms].toSorted((one, other) => one.atMs - other.atMs);
    isLeaping = next !== undefined;
    if (!next) return;
    alarms.delete(next);
    nowMs = next.atMs;
    next.ring();
    setImmediate(leap);
  };
  return {
    nowMs: () => nowMs,
    random: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const alarm = { atMs: nowMs + ms, ring: resolve };
        alarms.add(alarm);
        signal?.addEventListener('abort', () => {
          alarms.delete(alarm);
          reject(signal.reason);
        });
        if (!isLeaping) setImmediate(leap);
        isLeaping = true;
      }),
  };
}
