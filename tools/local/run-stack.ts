import { setTimeout as after } from 'node:timers/promises';
import { exitCodes, failureOf } from '../cli/failure/failure.ts';
import { failureText } from '../cli/failure/failure-text.ts';
import { diskFull } from '../failures/local-errors.ts';
import { sharedText } from '../settings/shared-file.ts';
import { type RunningStack, type StackOptions, startStack } from './stack.ts';

// On a full disk, something may wait for ever for a write.
const LEAVE_MS_MAX = 5_000;

/** Runs a stack for as long as `whileUp` takes, and ends this process with an exit code for the result. */
export async function runStack(
  optionsOf: () => StackOptions,
  whileUp: (stack: RunningStack) => Promise<unknown>,
): Promise<void> {
  let stack: RunningStack | undefined;
  try {
    stack = await startStack(optionsOf());
    const shared = sharedText(stack.settings.path);
    if (shared !== undefined) console.error(shared);
    await Promise.race([whileUp(stack), diskIsFull()]);
    await stack.close();
  } catch (error) {
    const known = failureOf(error);
    if (!known) throw error;
    process.stderr.write(failureText(known.failure));
    process.exitCode = known.exitCode;
    if (stack) await leave(stack);
  }
}

/**
 * Rejects with DiskFull. Anything that writes may meet a full disk, and most of it in the background: the journal, the
 * database, the log. So nobody could catch it at its place. Any other fault crashes the process, as it always did.
 */
function diskIsFull(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', (error) => {
      const full = diskFull(error);
      if (full) return reject(full);
      console.error(error);
      process.exit(exitCodes.failed);
    });
  });
}

/** Removes what a start would otherwise find: the lock, and the file by which commands find the stack. */
async function leave(stack: RunningStack): Promise<void> {
  const { exitCode } = process;
  await Promise.race([stack.close().catch(() => {}), after(LEAVE_MS_MAX, undefined, { ref: false })]);
  process.exit(exitCode);
}

/** Resolves with the first Ctrl-C, or when somebody ends this process. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** Runs the stack until Ctrl-C, and prints where it is. */
export function runUntilStopped(optionsOf: () => StackOptions): Promise<void> {
  return runStack(optionsOf, async (stack) => {
    console.log(`Partway is up in ${stack.folder}
  API      ${stack.apiUrl}   (npx partway --help)
  store a  ${stack.stores.a.url}   buckets data, incoming   keys in identity.json there
  store b  ${stack.stores.b.url}   buckets data, arrived
  settings ${stack.settings.path ?? 'none: docs/endpoints.md tells how you add a store'}
What is put into a:incoming goes to b:arrived by itself. Ctrl-C stops; a second start goes on.`);
    await stopped();
  });
}
