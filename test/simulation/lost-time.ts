import type { Outage } from './fault-model.ts';

/**
 * The time in which nothing could happen: Lambda had no room for any call, no call was at work, and no execution was in a
 * Wait. Patience must not count it. The time in Complete is left out, since nobody reports how long its attempts worked.
 */
export type LostTime = {
  /** The clock goes on; what runs and waits is as it was all the time. */
  advance(fromMs: number, toMs: number): void;
  entered(arn: string, state: string): void;
  ended(arn: string): void;
  ms(): number;
};

export function openLostTime(outages: readonly Outage[], living: () => number): LostTime {
  const waiting = new Set<string>();
  let ms = 0;
  return {
    advance: (fromMs, toMs) => {
      if (living() > 0 || waiting.size > 0) return;
      for (const outage of outages)
        if (outage.severity === 1) ms += Math.max(0, Math.min(toMs, outage.toMs) - Math.max(fromMs, outage.fromMs));
    },
    entered: (arn, state) => {
      if (/^(Wait|Complete)/.test(state)) waiting.add(arn);
      else waiting.delete(arn);
    },
    ended: (arn) => waiting.delete(arn),
    ms: () => ms,
  };
}
