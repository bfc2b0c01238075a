/** `npm run local`: the stack on this computer, until Ctrl-C. */
import { once } from 'node:events';
import { startStack } from './stack.ts';

try {
  const stack = await startStack({ home: process.argv[2] });
  console.log(`Partway is up in ${stack.folder}
  API      ${stack.apiUrl}   (npx partway --help)
  store a  ${stack.stores.a.url}   buckets data, incoming   keys in identity.json there
  store b  ${stack.stores.b.url}   buckets data, arrived
What is put into a:incoming goes to b:arrived by itself. Ctrl-C stops; a second start goes on.`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await stack.close();
} catch (error) {
  // FolderInUse and SettingsInvalid say all there is to say; anything else is a fault, and its stack helps.
  const isExpected = error instanceof Error && ['FolderInUse', 'SettingsInvalid'].includes(error.name);
  console.error(isExpected ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
