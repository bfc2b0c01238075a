import { describe, expect, it } from 'vitest';
import type { CopyBatchInput } from '../../functions/transfer/messages.ts';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { leapingClock } from './leaping-clock.ts';
import { type Network, throughNetwork } from './network.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 4 * MiB;
const PARTS = 12;

/** Copies all parts in one Lambda, and tells how many parts were in flight each time that one began. */
async function copied(network: Network, change: (begun: number, w: World) => void = () => {}) {
  const clock = leapingClock();
  const w = world(undefined, undefined, { clock });
  const content = putSource(w, PARTS * PART);
  const seen = throughNetwork(w, clock, network);
  const inFlight: number[] = [];
  const { target } = w.faults;
  w.faults.target = (store) => {
    const through = target(store);
    return {
      ...through,
      writePart: (...part) => {
        change(seen.begun.length + 1, w);
        const written = through.writePart(...part);
        inFlight.push(seen.inFlight.size);
        return written;
      },
    };
  };
  w.faults.lambda = (step, payload) => {
    if (step === 'copybatch') Object.assign((payload as CopyBatchInput).batch, { firstPart: 1, lastPart: PARTS });
  };
  const { status } = await w.run(requestFor({ partBytes: PART, partsAtOnce: 4, batchesAtOnce: 1 }));
  expect(status).toBe('SUCCEEDED');
  expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
  return inFlight;
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

describe('One Lambda', () => {
  it('has as many parts in flight as the request allows if the network is fast', async () => {
    const inFlight = await copied({ all: 40 * MiB, connection: 10 * MiB });
    expect(inFlight.slice(3)).toEqual(Array.from({ length: PARTS - 3 }, () => 4));
  });

  it('has fewer parts in flight on a slow network, so that each finishes', async () => {
    const inFlight = await copied({ all: 190 * KiB, connection: 190 * KiB });
    expect(mean(inFlight.slice(4))).toBeLessThan(3);
  });

  it('has more again when the network has recovered', async () => {
    const network: Network = { all: 190 * KiB, connection: 190 * KiB };
    const inFlight = await copied(network, (begun) => {
      if (begun === 7) Object.assign(network, { all: 10 * MiB, connection: 200 * KiB });
    });
    expect(mean(inFlight.slice(4, 7))).toBeLessThan(3);
    expect(inFlight.at(-1)).toBeGreaterThanOrEqual(3);
  });
});
