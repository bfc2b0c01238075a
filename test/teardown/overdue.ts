/** The thread that kills a process whose end takes too long. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { what, msMax } = workerData as { readonly what: string; readonly msMax: number };
setTimeout(() => {
  // A stream of this thread would need the main thread, which may be blocked.
  writeSync(2, `TeardownTooSlow: ${what} was not over after ${msMax / 1000} s, so this run was killed.\n`);
  process.kill(process.pid, 'SIGKILL');
}, msMax);
parentPort?.postMessage('counting');
