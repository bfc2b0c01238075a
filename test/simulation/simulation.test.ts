import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { synthesizedMachine } from '../synthesized.ts';
import { mutations } from './mutation-list.ts';
import { simulate } from './simulate.ts';
import type { World } from './world.ts';

const SEEDS = 300;
const SEEDS_TWICE = 20;

describe('A transfer in a world where anything may fail', () => {
  let definition: unknown;
  beforeAll(() => {
    definition = synthesizedMachine().definition;
  });

  it(`keeps every promise in ${SEEDS} worlds`, { timeout: 900_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violations } = await simulate(definition, seed);
      expect(violations, `npm run simulate -- ${seed}`).toEqual([]);
    }
  });

  it('happens again in exactly the same way with the same seed', async () => {
    for (let seed = 1; seed <= SEEDS_TWICE; seed += 1) {
      const { traceHash } = await simulate(definition, seed);
      expect((await simulate(definition, seed)).traceHash, `seed ${seed}`).toBe(traceHash);
    }
  });

  it('is judged: the simulation finds a table that keeps a lock and a store that damages objects', async () => {
    /** The invariants that are violated in the first eight worlds. A fault does not show in every weather. */
    const judged = async (broken: Parameters<typeof simulate>[2]) => {
      const found: number[] = [];
      for (let seed = 1; seed <= 8; seed += 1)
        found.push(...(await simulate(definition, seed, broken)).violations.map(({ invariant }) => invariant));
      return found;
    };
    const mixing = await judged(({ target }) => {
      const { complete, put } = target;
      Object.assign(target, {
        put: (...[write, bytes]: Parameters<typeof put>) => put(write, Buffer.concat([bytes, Buffer.from('!')])),
        complete: (...args: Parameters<typeof complete>) => {
          const object = complete(...args);
          object?.bytes.fill(0);
          return object;
        },
      });
    });
    expect(mixing).toContain(1);
    const leaving = await judged(({ table }) => {
      Object.assign(table.locks, { delete: () => false });
    });
    expect(leaving).toContain(11);
  });
});

describe('Lambda that has no room for any call in the first hour', () => {
  const hour = ({ weather }: World) => {
    Object.assign(weather, {
      lambdaHasRoom: (sinceMs: number) => sinceMs > 3_600_000,
      isLambdaOut: (sinceMs: number) => sinceMs <= 3_600_000,
    });
  };
  const outcomes = async (definition: unknown) => {
    const all = [];
    for (let seed = 1; seed <= 40; seed += 1) all.push(await simulate(definition, seed, hour));
    return all;
  };

  it('does not prevent any transfer from ending, no matter how it was started', async () => {
    const all = await outcomes(synthesizedMachine().definition);
    for (const { seed, violations } of all) expect([seed, violations]).toEqual([seed, []]);
    // In most worlds a call was tried again and again in that hour.
    expect(all.filter(({ counts }) => counts.throttled > 5).length).toBeGreaterThan(20);
  });

  it('violates a promise if the states try only six times', async () => {
    const { definition } = synthesizedMachine();
    const short = JSON.parse(JSON.stringify(definition).replaceAll('"MaxAttempts":240', '"MaxAttempts":6'));
    const violated = (await outcomes(short)).flatMap(({ violations }) => violations.map(({ invariant }) => invariant));
    expect(violated).toContain(14);
  });
});

describe('The list of mutations', () => {
  it('has only texts that the product contains exactly once', () => {
    const missed = mutations.flatMap(({ name, edits }) =>
      edits
        .filter(({ file, before }) => readFileSync(file, 'utf8').split(before).length !== 2)
        .map(({ file }) => `${name}: ${file}`),
    );
    expect(missed).toEqual([]);
  });
});
