import { setTimeout as after } from 'node:timers/promises';
import type { MortalStack } from './stack.ts';

/** The bytes of parts that store b itself has counted. */
export type ReceivedMeter = {
  /** Reads the counter now, because a kill of the stack loses it. */
  look(): Promise<void>;
  partBytes(): number;
  stop(): void;
};

const LOOK_EVERY_MS = 100;

/**
 * Counts over all restarts of the store. It misses the bytes between the last look and a kill, so this is a lower bound. The
 * receipt is another lower bound, and we use the larger of the two.
 */
export async function meterReceived(stack: MortalStack): Promise<ReceivedMeter> {
  // The key is the stack's process, because the store and its counter end with it.
  const lives = new Map<number, number>();
  const stopping = new AbortController();
  const look = async () => {
    const [pid, url] = [stack.pid(), stack.storeUrl('b')];
    if (pid === undefined || url === undefined) return;
    const count = await partBytesIn(url);
    lives.set(pid, Math.max(lives.get(pid) ?? 0, count ?? 0));
  };
  const total = () => [...lives.values()].reduce((sum, count) => sum + count, 0);
  await look();
  const before = total();
  void (async () => {
    while (!stopping.signal.aborted) await look().then(() => after(LOOK_EVERY_MS));
  })();
  return { look, partBytes: () => total() - before, stop: () => stopping.abort() };
}

/** Undefined if the store has just died. */
async function partBytesIn(url: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/-/counters`)
    .then((response) => response.json() as Promise<{ partBytesIn: number }>)
    .catch(() => undefined);
  return answer?.partBytesIn;
}
