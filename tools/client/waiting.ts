/** Time and chance. A simulation of the client has its own. */
export type Clock = {
  nowMs(): number;
  /** Throws the signal's reason as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 (inclusive) to 1. */
  random(): number;
};

export const wallClock: Clock = { nowMs: Date.now, random: Math.random, sleep };

/** Waits, unless the signal aborts: then it throws the signal's reason at once. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await unlessAborted(passed, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What the promise gives, unless the signal aborts first: then it throws the signal's reason at once. */
export function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    // One signal may see millions of chunks go by, and must not remember each of them.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
