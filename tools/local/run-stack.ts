import { failureOf, failureText } from '../cli/failure/failure.ts';
import { type RunningStack, type StackOptions, startStack } from './stack.ts';

/** Runs a stack for as long as `whileUp` takes, and ends this process with an exit code for the result. */
export async function runStack(
  optionsOf: () => StackOptions,
  whileUp: (stack: RunningStack) => Promise<unknown>,
): Promise<void> {
  try {
    const stack = await startStack(optionsOf());
    await whileUp(stack);
    await stack.close();
  } catch (error) {
    const known = failureOf(error);
    if (!known) throw error;
    process.stderr.write(failureText(known.failure));
    process.exitCode = known.exitCode;
  }
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
