/** The stack that a command starts for itself, in a process of its own. It ends 10 s after the last command has let it go. */
import { setTimeout as after } from 'node:timers/promises';
import type { RouteName } from '../../functions/api/routes.ts';
import { isLeased, markOnDemand } from '../leases/leases.ts';
import { runStack, stopped } from './run-stack.ts';

const IDLE_MS_MAX = 10_000;
const LOOK_EVERY_MS = 500;

const [home, ...warm] = process.argv.slice(2);
await runStack(
  () => ({ home, warm: warm as RouteName[], onReady: markOnDemand }),
  ({ folder }) => Promise.race([stopped(), unneeded(folder)]),
);

async function unneeded(folder: string): Promise<void> {
  for (let neededMs = Date.now(); Date.now() - neededMs < IDLE_MS_MAX; ) {
    await after(LOOK_EVERY_MS, undefined, { ref: false });
    if (isLeased(folder)) neededMs = Date.now();
  }
}
