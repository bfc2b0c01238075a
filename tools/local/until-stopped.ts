import { once } from 'node:events';
import { failureOf, failureText } from '../cli/failure/failure.ts';
import { type StackOptions, startStack } from './stack.ts';

/** Runs the stack until Ctrl-C, prints where it is, and ends this process with an exit code for the result. */
export async function runUntilStopped(optionsOf: () => StackOptions): Promise<void> {
  try {
    const stack = await startStack(optionsOf());
    console.log(`Partway is up in ${stack.folder}
  API      ${stack.apiUrl}   (npx partway --help)
  store a  ${stack.stores.a.url}   buckets data, incoming   keys in identity.json there
  store b  ${stack.stores.b.url}   buckets data, arrived
What is put into a:incoming goes to b:arrived by itself. Ctrl-C stops; a second start goes on.`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await stack.close();
  } catch (error) {
    const known = failureOf(error);
    if (!known) throw error;
    process.stderr.write(failureText(known.failure));
    process.exitCode = known.exitCode;
  }
}
