import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import type { Bench } from './bench.ts';
import { cases } from './cases/all.ts';
import { keyOf } from './cells.ts';
import { columnOf, openRealBench } from './real-bench.ts';

const { servers, missing } = inject('realServers');

for (const { name, because } of missing)
  describe.skip(`${columnOf(name)} is not tested here: ${because}`, () => it('', () => {}));

describe.each(servers)('The real $name', (server) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench(server);
  });
  afterAll(() => bench.close());

  it.for(cases)('$claim', async (each, { skip }) => {
    const why = await each.run(bench, keyOf(bench, each));
    if (why) skip(why); // the case does not apply
  });
});
