import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import type { TargetStore } from '../../functions/engine/ports/ports.ts';
import { providerFacts } from '../../functions/providers/profiles.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { ProviderFacts, SdkStatus } from '../../functions/transfer/provider.ts';
import { type Bench, BUCKET, keys, openBench } from './bench.ts';
import { tempers } from './tempers/all.ts';
import { trialTo } from './trial.ts';

type Told = { readonly name: string; readonly status: number | undefined };

const told = tempers.flatMap((temper) => {
  const { title, sdkStatuses } = providerFacts[temper.name as keyof typeof providerFacts] as ProviderFacts;
  return sdkStatuses ? [{ title, temper, sdkStatuses: sdkStatuses.value }] : [];
});

const targetIn = (bucket: string, key: string) => ({ endpoint: 'b', bucket, key });
const writeTo = (target: ReturnType<typeof targetIn>) => ({
  target,
  headers: {},
  metadata: {},
  storageClass: undefined,
  onlyIfAbsent: false,
});

/** The name that the adapter gives to a failure, and the status of the store's own answer. */
async function refusalOf(answer: Promise<unknown>): Promise<Told> {
  const error = await answer.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof TransferError)) throw new Error(`There was no refusal but ${error}.`);
  const { $metadata } = (error.cause ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode };
}

/** Causes each event, and returns how Partway and the store report it. */
const happenings: Record<SdkStatus['when'], (bench: Bench, key: string) => Promise<Told>> = {
  success: async (bench, key) => {
    const { transfer } = await trialTo(bench, key).copy();
    return { name: transfer.state, status: bench.proxy.asked(key, 'CompleteMultipartUpload')[0]?.status };
  },
  abort: async (bench, key) => {
    const [store, target] = [storeOf(bench), targetIn(BUCKET, key)];
    await store.abortUpload(target, await store.beginUpload(writeTo(target)));
    const gone = (await bench.behind.openUploads(key)).length === 0;
    return {
      name: gone ? 'aborted' : 'still there',
      status: bench.proxy.asked(key, 'AbortMultipartUpload')[0]?.status,
    };
  },
  'missing bucket': (bench, key) => begun(storeOf(bench), 'nowhere', key),
  'wrong key': (bench, key) => begun(storeOf(bench, { accessKeyId: 'nobody' }), BUCKET, key),
  'wrong secret': (bench, key) => begun(storeOf(bench, { secretAccessKey: 'wrong' }), BUCKET, key),
  'no answer': ({ profile, temper }, key) => {
    const { region, name } = temper;
    const url = 'http://127.0.0.1:9'; // nobody listens there
    const endpoint = { name: 'b', provider: name, url, region, secretArn: undefined, allow: [BUCKET] };
    return begun(s3Target(s3Client(endpoint, profile, keys), profile), BUCKET, key);
  },
};

const storeOf = (bench: Bench, wrong: Partial<typeof keys> = {}) =>
  s3Target(bench.client({ keys: wrong }), bench.profile);
const begun = (store: TargetStore, bucket: string, key: string) =>
  refusalOf(store.beginUpload(writeTo(targetIn(bucket, key))));

describe.each(told)('$title, for a user of its SDK,', ({ temper, sdkStatuses }) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(temper);
  });
  afterAll(() => bench.close());

  it.each(sdkStatuses)(
    'reports "$when" ($told) as $name, as the table in the docs says',
    async ({ when, status, name }) => {
      expect(await happenings[when](bench, `status-${when.replace(' ', '-')}`)).toEqual({ name, status });
    },
  );

  it('reports a missing bucket as NoSuchBucket even if the answer has no body, as a target and as a source', async () => {
    const inspected = storeOf(bench).inspect(targetIn('nowhere', 'k'));
    expect((await refusalOf(inspected)).name).toBe('NoSuchBucket');
    const options = { verify: true, profile: bench.profile };
    const source = s3Source(bench.client(), targetIn('nowhere', 'k'), options);
    expect((await refusalOf(source.inspect())).name).toBe('NoSuchBucket');
  });
});
