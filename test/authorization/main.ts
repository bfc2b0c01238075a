/** The stack of `npm run local` in the folder that is named, where a call that AWS would deny fails, and is written down. */
import { runUntilStopped } from '../../tools/local/run-stack.ts';
import { authorizing, guardOf } from './authorize.ts';

const [home = ''] = process.argv.slice(2);
const observe = authorizing(await guardOf(home));
await runUntilStopped(() => ({ home, observe }));
