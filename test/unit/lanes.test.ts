import { describe, expect, it } from 'vitest';
import {
  enoughForALane,
  firstLanes,
  type LaneLook,
  type Lanes,
  nextLanes,
} from '../../functions/transfer/budgets/lanes.ts';
import { GiB, MiB } from '../../functions/transfer/values/sizes.ts';

const limits = { countMax: 16, partBytes: 64 * MiB };

/** A network that many lanes share, and stores that give each connection so much. In MiB a second. */
type Network = { readonly all: number; readonly connection: number };

/** The counts second by second, on a network that may change. */
function counts(seconds: number, at: (second: number) => Network, of = limits): number[] {
  let lanes = firstLanes(of);
  return Array.from({ length: seconds }, (_, second) => {
    const { all, connection } = at(second);
    const bytes = Math.min(all, connection * lanes.count) * MiB;
    lanes = nextLanes(lanes, { ms: 1000, bytes, throttles: 0, isBusy: true }, of);
    return lanes.count;
  });
}
const always = (network: Network) => () => network;
const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

describe('The lanes of a Lambda', () => {
  it('begin with as many as have 128 MiB together', () => {
    const first = (partBytes: number, countMax = 16) => firstLanes({ countMax, partBytes }).count;
    expect([first(64 * MiB), first(8 * MiB), first(1), first(8 * MiB, 4), first(5 * GiB)]).toEqual([2, 16, 16, 4, 1]);
  });

  it('grow while each brings more, twice as many at a time, up to the most that the request allows', () => {
    expect(counts(8, always({ all: 1000, connection: 20 }))).toEqual([4, 4, 8, 8, 16, 16, 16, 16]);
    expect(counts(8, always({ all: 1000, connection: 20 }), { ...limits, countMax: 4 }).at(-1)).toBe(4);
  });

  it('stay few if the network gives no more, and try again ever more seldom', () => {
    const seen = counts(300, always({ all: 75, connection: 45 }));
    expect(mean(seen)).toBeLessThan(3);
    const trials = seen.filter((count, second) => count > (seen[second - 1] ?? 2)).length;
    expect(trials).toBeGreaterThan(3);
    expect(trials).toBeLessThan(10);
  });

  it('are one or two on a slow network, so that parts finish', () => {
    expect(Math.max(...counts(60, always({ all: 1, connection: 1 })).slice(10))).toBe(1);
  });

  it('of Lambdas that share a slow line are together about as many as can get enough', () => {
    // A Lambda gets more of the line if it has more connections than the others. Each wants that.
    let all = Array.from({ length: 4 }, () => firstLanes(limits));
    const sums = Array.from({ length: 120 }, () => {
      const sum = all.reduce((lanes, { count }) => lanes + count, 0);
      all = all.map((lanes) => {
        const bytes = (10 * MiB * lanes.count) / sum;
        return nextLanes(lanes, { ms: 1000, bytes, throttles: 0, isBusy: true }, limits);
      });
      return sum;
    });
    expect(mean(sums.slice(20))).toBeLessThan(1.2 * ((10 * MiB) / enoughForALane(limits.partBytes)));
  });

  it('use many connections for the largest parts if each connection is slow and the network is not', () => {
    expect(counts(30, always({ all: 75, connection: 20 }), { countMax: 4, partBytes: 5 * GiB }).at(-1)).toBe(4);
  });

  it('become fewer when the network becomes slow, and more when it recovers', () => {
    const seen = counts(
      200,
      (second) => (second < 20 || second >= 60 ? { all: 75, connection: 20 } : { all: 2, connection: 20 }),
      {
        ...limits,
        countMax: 4,
      },
    );
    expect(seen[19]).toBe(4);
    expect(seen[59]).toBe(1);
    expect(seen[199]).toBe(4);
  });

  it('survive the burst with which the network of a Lambda begins', () => {
    const seen = counts(60, (second) => ({ all: second < 2 ? 300 : 75, connection: 25 }), { ...limits, countMax: 8 });
    expect(mean(seen.slice(10).map((count) => Math.min(75, 25 * count)))).toBeGreaterThan(70);
  });
});

describe('A throttle', () => {
  const at = (count: number): Lanes => ({ ...firstLanes(limits), count, doubles: false, bytesPerSecond: 80 * MiB });
  const look = (throttles: number, bytes = 40 * MiB): LaneLook => ({ ms: 1000, bytes, throttles, isBusy: true });

  it('halves the lanes, once for a burst of throttles', () => {
    const once = nextLanes(at(8), look(1), limits);
    const burst = nextLanes(once, look(5), limits);
    expect([once.count, burst.count]).toEqual([4, 4]);
    let later = burst;
    for (let second = 0; second < 4; second += 1) later = nextLanes(later, look(0), limits);
    expect(nextLanes(later, look(1), limits).count).toBe(2);
    expect(nextLanes(at(1), look(3), limits).count).toBe(1);
  });

  it('lets the next trial wait for ten seconds, and is not taken for a slow network', () => {
    let lanes = nextLanes(at(8), look(1), limits);
    const seen = Array.from({ length: 12 }, () => {
      lanes = nextLanes(lanes, look(0), limits);
      return lanes.count;
    });
    // The fifth lane brings nothing here, so it goes again.
    expect(seen).toEqual([...Array.from({ length: 9 }, () => 4), 5, 5, 4]);
  });
});

describe('What is enough for a lane', () => {
  it('lets a part finish in a minute, a large one in five, and is never more than a store gives', () => {
    expect(enoughForALane(60 * MiB)).toBe(MiB);
    expect(enoughForALane(GiB)).toBe(5 * MiB);
    expect(Math.round(enoughForALane(5 * GiB) / MiB)).toBe(17);
  });
});
