import { setTimeout as after } from 'node:timers/promises';
import type { LambdaHost } from '../local/lambda/host.ts';

// Long enough for its parts to be under way, short enough that they are not done.
const AT_WORK_MS = 500;
const LOOK_EVERY_MS = 10;

/** Kills one copying Lambda in the middle of its work, as Lambda itself does now and then; says whether one was found. */
export async function killOneLambda(
  lambdas: LambdaHost,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<boolean> {
  while (!signal.aborted) {
    const victim = lambdas
      .busy()
      .find(
        ({ functionName, startedAtMs }) => functionName.includes('copybatch') && Date.now() - startedAtMs > AT_WORK_MS,
      );
    if (victim) {
      lambdas.kill(victim.pid);
      say(
        `Killed a copying Lambda in the middle (kill -9 ${victim.pid}): its parts in flight are lost, all others are safe.`,
      );
      return true;
    }
    await after(LOOK_EVERY_MS, undefined, { signal }).catch(() => {}); // the transfer ended first
  }
  return false;
}
