import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { type Bench, openBench } from './bench.ts';
import { cases } from './cases/all.ts';
import { keyOf } from './cells.ts';
import { tempers } from './tempers/all.ts';

it('Every profile has a temper, and every temper a profile', () => {
  expect(tempers.map(({ name }) => name).sort()).toEqual(Object.keys(profiles).sort());
});

describe.each(tempers)('$name, as its documents describe it,', (temper) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(temper);
  });
  afterAll(() => bench.close());

  it.for(cases)('$claim', async (each, { skip }) => {
    const why = await each.run(bench, keyOf(bench, each));
    if (why) skip(why); // the case does not apply
  });
});
