import type { Outage } from './fault-model.ts';

/**
 * The time in which nothing could happen: Lambda had no room for any call, no call was running, and no execution was in
 * a Wait. Patience must not count it. The time in Complete is left out, as nobody reports how long its attempts ran.
 */
export type LostTime = {
  /** Called when the clock advances. Between the two moments nothing changed. */
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
