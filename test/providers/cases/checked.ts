import type { S3Client } from '@aws-sdk/client-s3';
import { s3Target } from '../../../functions/adapters/s3/target.ts';
import { systemClock } from '../../../functions/adapters/system-clock.ts';
import { type Check, checkEndpoint } from '../../../functions/engine/calls/check-endpoint.ts';
import { type Bench, BUCKET } from '../bench.ts';
import { holds, same } from '../claims.ts';
import type { Case } from './case.ts';

export const checked: Case = {
  name: 'endpoint check',
  claim: 'passes the check of its endpoint, or the check says what is wrong',
  run: async (bench, key) => {
    const well = await check(bench, bench.client(), `${BUCKET}/${key}/`);
    holds(`not well: ${worst(well)?.failure}`, worst(well) === undefined);
    same('object left', (await bench.behind.openUploads(key)).length, 0);
    const unknownKey = /does not know the access key/;
    await says(bench, unknownKey, { client: bench.client({ keys: { accessKeyId: 'nobody' } }) });
    await says(bench, /secret key does not belong/, { client: bench.client({ keys: { secretAccessKey: 'wrong' } }) });
    await saysOfRegion(bench, bench.client({ region: 'nowhere-1' }));
    await says(bench, /bucket does not exist/, { place: 'no-such-bucket' });
    // After the first such answer the SDK corrects its clock. If the store answers so again, the clock is really wrong.
    await saysOfPart(bench, 'RequestTimeTooSkewed', /clock .* is wrong/);
    await saysOfPart(bench, 'AccessDenied', /no permission for this call/);
  },
};

/** If a store accepts signatures for any region, the check must pass with a wrong region too. */
async function saysOfRegion(bench: Bench, client: S3Client): Promise<void> {
  if (!bench.lacks.regions) return says(bench, /region is wrong/, { client });
  const found = worst(await check(bench, client, BUCKET));
  holds(`not well: ${found?.failure}`, found === undefined);
}

async function saysOfPart(bench: Bench, code: string, words: RegExp): Promise<void> {
  const refusal = bench.temper.codes?.[code] ?? { status: 403, code };
  const heal = bench.proxy.trouble({ on: ['UploadPart'], refuse: () => refusal });
  const failed = (await check(bench, bench.client(), BUCKET)).filter(({ ok }) => !ok);
  heal();
  same(
    'calls that failed',
    failed.map(({ call }) => call),
    ['UploadPart'],
  );
  holds(`expected ${words} of ${code}, it says "${failed[0]?.advice}"`, words.test(failed[0]?.advice ?? ''));
}

async function says(bench: Bench, words: RegExp, asked: { client?: S3Client; place?: string }): Promise<void> {
  const found = worst(await check(bench, asked.client ?? bench.client(), asked.place ?? BUCKET));
  holds(`expected ${words}, it says "${found?.advice}" of ${found?.failure}`, words.test(found?.advice ?? ''));
}

const worst = (checks: readonly Check[]) => checks.findLast(({ ok }) => !ok);

async function check({ profile, temper }: Bench, client: S3Client, place: string): Promise<readonly Check[]> {
  const facts = {
    name: 'b',
    provider: profile.name,
    url: 'https://s3.localhost',
    region: temper.region,
    allow: [place],
  };
  const store = async () => s3Target(client, profile);
  const time = { clock: systemClock, deadlineMs: () => Date.now() + 29_000 };
  const ports = { endpoint: async () => facts, store, ...time };
  return (await checkEndpoint(ports)('b')).checks;
}
