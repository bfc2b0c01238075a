// setTimeout fires at once above 2^31 - 1 ms, 24.8 days. A Wait may be a year long.
const TIMER_MS_MAX = 20 * 24 * 3600 * 1000;

/** Resolves after `delayMs`, or as soon as the signal aborts. */
export async function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  for (let restMs = delayMs; restMs > 0 && !signal.aborted; restMs -= TIMER_MS_MAX) {
    await timer(Math.min(restMs, TIMER_MS_MAX), signal);
  }
}

function timer(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timeout);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timeout = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
