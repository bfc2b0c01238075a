import { lanesWithin } from '../../transfer/budgets/bandwidth.ts';
import { firstLanes, nextLanes } from '../../transfer/budgets/lanes.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Clock } from '../ports/ports.ts';
import type { InFlight } from './in-flight.ts';

const LOOK_EVERY_MS = 1_000;

/** How many parts this Lambda copies at once, as functions/transfer/budgets/lanes.ts decides. */
export type LaneCount = {
  wanted(): number;
  /** Call it for each attempt that a store has throttled. */
  throttled(): void;
  /** Looks once a second until the signal is aborted. `atWork` says how many lanes have a part. */
  keepLooking(signal: AbortSignal, lanes: { atWork(): number; onMore(): void }): Promise<void>;
};

export function openLaneCount(
  clock: Clock,
  { request, plan, ...transfer }: Transfer,
  { inFlight, share }: { readonly inFlight: InFlight; share(): number | undefined },
): LaneCount {
  const limits = { countMax: request.partsAtOnce, partBytes: plan?.partBytes ?? 1 };
  const countMax = () => lanesWithin(share(), limits.partBytes, limits.countMax);
  // While the store copies by itself, no bytes pass through us, and no network of ours can be too slow.
  const inStore = transfer.copiesInStore && transfer.copyRefused === undefined;
  let lanes = inStore ? { ...firstLanes(limits), count: limits.countMax } : firstLanes(limits);
  let throttles = 0;
  return {
    wanted: () => Math.min(lanes.count, countMax()),
    throttled: () => {
      throttles += 1;
    },
    keepLooking: async (signal, { atWork, onMore }) => {
      let [bytes, atMs] = [inFlight.bytes().sent, clock.nowMs()];
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {}); // an early end means that the batch is over
        const [moved, nowMs] = [inFlight.bytes().sent, clock.nowMs()];
        const isBusy = moved > bytes && atWork() === Math.min(lanes.count, countMax());
        const look = { ms: Math.max(1, nowMs - atMs), bytes: moved - bytes, throttles, isBusy };
        lanes = nextLanes(lanes, look, { ...limits, countMax: countMax() });
        [bytes, atMs, throttles] = [moved, nowMs, 0];
        onMore();
      }
    },
  };
}
