import { refuseUnaddressable } from '../../../functions/transfer/addressing.ts';
import { TransferError } from '../../../functions/transfer/errors.ts';
import type { parseRequest } from '../../../functions/transfer/request.ts';
import { explain } from '../../../functions/transfer/views/explain.ts';
import { type Bench, BUCKET } from '../bench.ts';
import { arrived, failedAs, holds, same, succeeded, untouched } from '../claims.ts';
import { small, trialFrom, trialTo } from '../trial.ts';
import { type Case, onceBefore } from './case.ts';

const whole = { multipartThresholdBytes: 1024 * 1024 };
const canary = Buffer.from('what was there before');

export const never: Case = {
  name: 'never',
  claim: 'keeps the object at the target if the request says overwrite "never"',
  run: async (bench, key) => {
    await bench.behind.put(key, canary);
    failedAs(await trialTo(bench, key).copy({ overwrite: 'never' }), 'TargetExists');
    untouched(bench, key);
    same('object', (await bench.behind.get(key))?.toString(), canary.toString());
  },
};

export const guarded: Case = {
  name: 'guard',
  claim:
    'keeps an object that appears during the copy if its profile promises that; otherwise the plan says that it does not',
  run: async (bench, key) => {
    for (const [last, wishes] of [['PutObject', whole] as const, ['CompleteMultipartUpload', {}] as const]) {
      const trial = trialTo(bench, `${key}-${last}`);
      const heal = bench.proxy.trouble(
        onceBefore(`${key}-${last}`, last, () => bench.behind.put(`${key}-${last}`, canary)),
      );
      const end = await trial.copy({ ...wishes, overwrite: 'never' });
      heal();
      if (bench.profile.overwriteGuard === 'none') {
        succeeded(end);
        await arrived(bench, `${key}-${last}`, trial);
        saysUnguarded(bench, end.transfer.request);
      } else {
        failedAs(end, 'TargetExists');
        same('object', (await bench.behind.get(`${key}-${last}`))?.toString(), canary.toString());
      }
    }
  },
};

function saysUnguarded({ profile }: Bench, request: ReturnType<typeof parseRequest>): void {
  const source = { bytes: 1000, etag: 'x', headers: {}, metadata: {} };
  const { reasons } = explain({ request, source, profile });
  holds(
    'the explanation does not say that the last byte is not guarded',
    reasons.some(({ decision }) => decision.includes('checked only before the first byte')),
  );
}

export const wrongKeys: Case = {
  name: 'wrong keys',
  claim: 'refuses wrong keys, and Partway reports that by name, as a target and as a source',
  run: async (bench, key) => {
    await bench.behind.putInParts(key, small());
    for (const keys of [{ accessKeyId: 'nobody' }, { secretAccessKey: 'wrong' }]) {
      const client = bench.client({ keys });
      const fresh = `${key}-${Object.keys(keys)}`;
      failedAs(await trialTo(bench, fresh, { client }).copy(), 'Refused');
      same('object', await bench.behind.get(fresh), undefined);
      const target = { endpoint: 'b', bucket: BUCKET, key: `${fresh}-read` };
      failedAs(await trialFrom(bench, key, { client }).copy({ target }), 'Refused');
    }
  },
};

export const repaired: Case = {
  name: 'repaired',
  claim: 'gets the missing parts after a secret that became wrong in the middle is repaired',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    const code = 'SignatureDoesNotMatch';
    const refusal = bench.temper.codes?.[code] ?? { status: 403, code };
    const heal = bench.proxy.trouble({ on: ['UploadPart'], refuse: (ask) => (ask.key === key ? refusal : undefined) });
    const refused = await trial.copy();
    heal();
    failedAs(refused, 'Refused');
    succeeded(await trial.redrive(refused));
    await arrived(bench, key, trial);
    same('uploads begun', bench.proxy.asked(key, 'CreateMultipartUpload').length, 1);
  },
};

export const addressed: Case = {
  name: 'address',
  claim: 'accepts only its own way of addressing buckets, and Partway refuses other names and URLs by name',
  run: async (bench, key) => {
    const { addressing } = bench.profile;
    if (addressing === 'path') return byHost(bench, key);
    const client = bench.client({ profile: { addressing: 'path' } });
    const end = await trialTo(bench, key, { client }).copy(whole);
    if (addressing === 'virtual-host') succeeded(end);
    else failedAs(end, 'Refused');
    // The SDK would silently put these buckets into the path, so Partway refuses them before a byte moves.
    for (const [url, bucket] of [
      ['https://s3.example.org', 'dotted.bucket'],
      ['https://10.0.0.1', 'bucket'],
    ] as const)
      same(
        `${bucket} at ${url} is refused`,
        isRefused({ name: 'b', url }, bench.profile, bucket),
        addressing !== 'virtual-host',
      );
    return undefined;
  },
};

async function byHost(bench: Bench, key: string): Promise<string> {
  const client = bench.client({ profile: { addressing: 'virtual-host' } });
  const end = await trialTo(bench, key, { client }).copy(whole);
  const { 'hosts of buckets': lack } = bench.lacks;
  if (lack) failedAs(end, 'Refused');
  else succeeded(end);
  return lack ?? 'it does not mind';
}

function isRefused(...[endpoint, profile, bucket]: Parameters<typeof refuseUnaddressable>): boolean {
  try {
    refuseUnaddressable(endpoint, profile, bucket);
    return false;
  } catch (error) {
    return error instanceof TransferError && error.name === 'InvalidRequest';
  }
}

export const sessions: Case = {
  name: 'session',
  claim:
    'takes session tokens, or Partway refuses them by name before it asks the store, if the profile says that it takes none',
  run: async (bench, key) => {
    const keys = { sessionToken: 'token' };
    if (bench.profile.takesSessionToken === false) {
      const refusal = thrownBy(() => bench.client({ keys }));
      same('refused as', refusal instanceof TransferError && refusal.name, 'Refused');
      const believed = bench.client({ keys, profile: { takesSessionToken: true } });
      const end = await trialTo(bench, key, { client: believed }).copy(whole);
      holds(`the store itself ended it as ${end.error}`, ['Refused', 'InvalidRequest'].includes(end.error ?? ''));
      untouched(bench, key);
      return undefined;
    }
    const end = await trialTo(bench, key, { client: bench.client({ keys }) }).copy(whole);
    const { 'session tokens': lack } = bench.lacks;
    if (lack) {
      failedAs(end, 'InvalidRequest');
      untouched(bench, key);
      return lack;
    }
    succeeded(end);
    return undefined;
  },
};

function thrownBy(work: () => unknown): unknown {
  try {
    return void work();
  } catch (error) {
    return error;
  }
}

export const limits: Case = {
  name: 'limits',
  claim: 'has a profile inside its documented limits, and Partway refuses everything outside before a byte moves',
  run: async (bench, key) => {
    const { limits: documented } = bench.temper;
    const { part } = bench.profile;
    const [least, most] = [documented.partBytesMin, documented.partBytesMax];
    holds(`parts of ${part.partBytesMin} bytes are too small`, part.partBytesMin >= least);
    holds(`parts of ${part.partBytesMax} bytes are too large`, part.partBytesMax <= most);
    holds(`${part.partCountMax} parts are too many`, part.partCountMax <= documented.partCountMax);
    const unlimited = Number.POSITIVE_INFINITY;
    holds('objects may be too large', part.objectBytesMax <= (documented.objectBytesMax ?? unlimited));
    const putBytesMax = documented.putBytesMax ?? Math.max(documented.partBytesMax, part.singleRequestBytesMax);
    holds('single requests may be too large', part.singleRequestBytesMax <= putBytesMax);
    const refusedAs = async (bytes: number, partBytes: number | undefined, name: string) => {
      const trial = trialTo(bench, key);
      trial.world.faults.source = (store) => ({
        ...store,
        inspect: async () => ({ ...(await store.inspect())!, bytes }),
      });
      failedAs(await trial.copy({ partBytes }), name);
    };
    await refusedAs(part.objectBytesMax + 1, undefined, 'TooLarge');
    await refusedAs(3 * part.partBytesMax, part.partBytesMax + 1, 'InvalidRequest');
    await refusedAs(3 * part.partBytesMin, part.partBytesMin - 1, 'InvalidRequest');
    untouched(bench, key);
  },
};
