import type { Clock } from '../../../functions/engine/ports/ports.ts';

type Timer = { readonly atMs: number; wake(): void };

/**
 * Time that passes only while everybody sleeps. As soon as nothing else is to be done, the clock leaps to the moment at
 * which the next sleeper wakes. So hours take seconds, and everything happens in its order.
 */
export function leapingClock(startMs = Date.UTC(2026, 10, 26)): Clock {
  const timers: Timer[] = [];
  let [nowMs, isLeaping] = [startMs, false];
  const leap = () => {
    const next = timers.shift();
    isLeaping = next !== undefined;
    if (!next) return;
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    setImmediate(leap);
  };
  const add = (timer: Timer) => {
    const later = timers.findIndex(({ atMs }) => atMs > timer.atMs);
    timers.splice(later === -1 ? timers.length : later, 0, timer);
    if (isLeaping) return;
    isLeaping = true;
    setImmediate(leap);
  };
  const remove = (timer: Timer) => {
    const index = timers.indexOf(timer);
    if (index !== -1) timers.splice(index, 1);
  };
  return {
    nowMs: () => nowMs,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          remove(timer);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const timer = { atMs: nowMs + ms, wake };
        signal?.addEventListener('abort', stop, { once: true });
        add(timer);
      }),
  };
}
