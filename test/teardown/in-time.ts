import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

// Real servers end, and the logs of a whole run are searched, in seconds. On a busy computer that takes ten times as long.
const TEARDOWN_MS_MAX = 120_000;

/**
 * Does something at the end of a test run. If it is not done in time, a sentence on stderr names it, and the whole run is
 * killed, so that it fails. Otherwise the run would wait for ever, after Vitest has printed its summary.
 */
export async function inTime<T>(what: string, work: () => T | Promise<T>, msMax = TEARDOWN_MS_MAX): Promise<T> {
  const stop = await killUnlessEnded(what, msMax);
  try {
    return await work();
  } finally {
    await stop();
  }
}

/**
 * Kills this process if it still runs after so long. A thread of its own counts the time: a call that blocks this thread,
 * such as the read of a pipe that nobody writes, stops all its timers too.
 */
export async function killUnlessEnded(what: string, msMax = TEARDOWN_MS_MAX): Promise<() => Promise<unknown>> {
  const watch = new Worker(new URL('overdue.ts', import.meta.url), { workerData: { what, msMax }, execArgv: [] });
  await once(watch, 'message'); // it counts; if it could not start, this throws
  watch.unref();
  return () => watch.terminate();
}
