/** The stack that a command starts for itself, in a process of its own. It ends 10 s after the last command has let it go. */
import { setTimeout as after } from 'node:timers/promises';
import { failureOf, failureText } from '../cli/failure/failure.ts';
import { isLeased, markOnDemand } from '../leases/leases.ts';
import { startStack } from './stack.ts';

const IDLE_MS_MAX = 10_000;
const LOOK_EVERY_MS = 500;

const [home] = process.argv.slice(2);
try {
  const stack = await startStack({ home, onReady: markOnDemand });
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isStopped = true));
  for (let neededMs = Date.now(); !isStopped && Date.now() - neededMs < IDLE_MS_MAX; ) {
    await after(LOOK_EVERY_MS);
    if (isLeased(stack.folder)) neededMs = Date.now();
  }
  await stack.close();
} catch (error) {
  const known = failureOf(error);
  if (!known) throw error;
  process.stderr.write(failureText(known.failure));
  process.exitCode = known.exitCode;
}
