/** Runs the stack of `npm run local` in a folder. A call that AWS would deny fails, and is written into the folder. */
import { runUntilStopped } from '../../tools/local/run-stack.ts';
import { authorizing, guardOf } from './authorize.ts';

const [home = ''] = process.argv.slice(2);
const observe = authorizing(await guardOf(home));
await runUntilStopped(() => ({ home, observe }));
