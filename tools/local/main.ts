/** `npm run local`: the stack on this computer, until Ctrl-C. */
import { once } from 'node:events';
import { failureOf, failureText, invalid } from '../cli/failure.ts';
import { startStack } from './stack.ts';

try {
  const [home, ...others] = process.argv.slice(2);
  if (home?.startsWith('-') || others.length > 0)
    throw invalid('npm run local takes one folder, or none.', 'Type `npm run local`, or `npm run local <folder>`.');
  const stack = await startStack({ home });
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
