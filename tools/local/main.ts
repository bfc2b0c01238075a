/** `npm run local`: the stack on this computer, until Ctrl-C. */
import { invalid } from '../cli/failure/failure.ts';
import { runUntilStopped } from './run-stack.ts';

await runUntilStopped(() => {
  const [home, ...others] = process.argv.slice(2);
  if (home?.startsWith('-') || others.length > 0)
    throw invalid('npm run local takes one folder, or none.', 'Type `npm run local`, or `npm run local <folder>`.');
  return { home };
});
