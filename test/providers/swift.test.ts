import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, openBench } from './bench.ts';
import { failedAs } from './claims.ts';
import { swift } from './tempers/swift.ts';
import { small, trialFrom, trialTo } from './trial.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(swift);
  // After the real Swift has noticed damage, it answers so. It notices damage when somebody reads the damaged bytes.
  bench.proxy.trouble({ on: ['GetObject'], refuse: () => ({ status: 409, code: 'BrokenMPU' }) });
});
afterAll(() => bench.close());

it('Damage that Swift notices by itself is Damaged, with the part, when an object is read back', async () => {
  const end = await trialTo(bench, 'target').copy({ verify: 'read-back' });
  failedAs(end, 'Damaged');
  expect(end.transfer.failure?.message).toMatch(
    /^Part 1 of 1 \(bytes 0–999\) could not be read back: .*409 BrokenMPU\. Do not use the object at b:.*\./,
  );
});

it('Damage that Swift notices by itself is Damaged when the object is a source', async () => {
  await bench.behind.putInParts('source', small());
  failedAs(await trialFrom(bench, 'source').copy(), 'Damaged');
});
