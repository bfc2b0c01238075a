import type { Plan } from './plan.ts';
import { type Speed, speeds } from './values/speeds.ts';

/** A contiguous run of parts for one Lambda call. The call copies only those that are missing. */
export type Batch = { readonly firstPart: number; readonly lastPart: number };

// A history ends at 25,000 events. An iteration costs 7, a retry 3, so 2,000 batches leave room for more than 3,600
// retries. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
export const BATCHES_A_ROUND_MAX = 2000;

// Three waves of 40 batches keep all lanes busy if some batches are slow.
const BATCHES_WANTED = 120;

/** A kill loses only the parts in flight. So a batch is large: a Lambda has few parts in flight at its beginning and end. */
export function partsPerBatch(plan: Plan, speed: Speed = 'balanced'): number {
  const { partsPerBatchMin, batchBytes } = speeds[speed];
  const forWaves = Math.max(partsPerBatchMin, Math.ceil(plan.partCount / BATCHES_WANTED));
  const forBytes = Math.max(1, Math.floor(batchBytes / plan.partBytes));
  return Math.max(Math.ceil(plan.partCount / BATCHES_A_ROUND_MAX), Math.min(forWaves, forBytes));
}

/**
 * How many batches run at once in the next round. If a store or a server took no more in this one, half as many as ran;
 * otherwise twice as many, up to what the request asks for.
 */
export function atOnceNext({ asked, now }: { asked: number; now: number }, ran: number, tookNoMore: boolean): number {
  return tookNoMore ? Math.max(1, Math.floor(Math.min(now, ran) / 2)) : Math.min(asked, 2 * now);
}

/**
 * Hands out what is missing, in at most `countMax` batches of `size` missing parts. A batch may span parts that are copied already.
 * Otherwise a checkpoint with many holes would need a batch for every hole.
 */
export function batchesOf(
  plan: Plan,
  missing: readonly number[],
  { countMax: batchCountMax, size = partsPerBatch(plan) }: { readonly countMax: number; readonly size?: number },
): Batch[] {
  const batches: Batch[] = [];
  for (let index = 0; index < missing.length && batches.length < batchCountMax; index += size) {
    const run = missing.slice(index, index + size);
    const [firstPart, lastPart] = [run[0], run.at(-1)];
    if (firstPart !== undefined && lastPart !== undefined) batches.push({ firstPart, lastPart });
  }
  return batches;
}
