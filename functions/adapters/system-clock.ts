import { setTimeout as after } from 'node:timers/promises';
import type { Clock } from '../engine/ports/ports.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // Node rejects with an AbortError of its own; whoever waits must learn why it was woken.
  sleep: async (ms, signal) => {
    await after(ms, undefined, signal ? { signal } : {}).catch((error) => {
      throw signal?.aborted ? signal.reason : error;
    });
  },
  random: () => Math.random(),
};
