import { setTimeout as after } from 'node:timers/promises';
import type { MortalStack } from './stack.ts';

/** What store b itself counts as received in parts, whoever sent it. */
export type ReceivedMeter = {
  /** Looks at once: a kill takes the counter away. */
  look(): Promise<void>;
  partBytes(): number;
  stop(): void;
};

const LOOK_EVERY_MS = 100;

/**
 * Counts over all lives of the store. Bytes between the last look and a kill are missed, so this is a lower bound, as
 * the receipt is another: the larger one of the two is believed.
 */
export async function meterReceived(stack: MortalStack): Promise<ReceivedMeter> {
  // By the stack's process, with which the store and its counter die.
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

/** Undefined when the store has just died. */
async function partBytesIn(url: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/-/counters`)
    .then((response) => response.json() as Promise<{ partBytesIn: number }>)
    .catch(() => undefined);
  return answer?.partBytesIn;
}
