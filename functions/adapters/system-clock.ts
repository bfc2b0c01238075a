import { setTimeout as after } from 'node:timers/promises';
import type { Clock } from '../engine/ports/ports.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // Node rejects with its own AbortError. The caller must get the reason of the signal instead.
  sleep: async (ms, signal) => {
    await after(ms, undefined, signal ? { signal } : {}).catch((error) => {
      throw signal?.aborted ? signal.reason : error;
    });
  },
  random: () => Math.random(),
};
