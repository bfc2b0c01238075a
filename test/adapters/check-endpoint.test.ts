import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { Allow } from '../../functions/transfer/values/places.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';

const time = { clock: systemClock, deadlineMs: () => Date.now() + 29_000 };
const right = { accessKeyId: 'key', secretAccessKey: 'secret' };
let server: RunningStore;
beforeAll(async () => {
  server = await startStore({
    directory: mkdtempSync(join(tmpdir(), 'partway-check-')),
    port: 0,
    ...right,
    region: 'us-east-1',
    buckets: ['data'],
  });
});
afterAll(() => server.close());

/** Checks an endpoint with these settings at a real store. */
async function check({
  url = server.url,
  region = 'us-east-1',
  allow = ['data'],
  provider = 'aws',
  ...keys
}: Partial<typeof right> & {
  url?: string;
  region?: string;
  allow?: Allow;
  provider?: 'aws' | 'oss' | 'b2';
}) {
  const facts = { name: 'e', provider, url, region, allow };
  const profile = profiles[provider];
  const store = async () =>
    s3Target(s3Client({ ...facts, secretArn: undefined }, profile, { ...right, ...keys }), profile);
  const ports = { endpoint: async () => facts, store, ...time };
  return (await checkEndpoint(ports)('e')).checks;
}

describe('A check of an endpoint', () => {
  it('makes each call that a transfer makes, and leaves nothing behind', async () => {
    const checks = await check({});
    expect(checks.map(({ call, ok }) => [call, ok])).toEqual(
      [
        'read the secret',
        'address the bucket',
        'HeadObject',
        'CreateMultipartUpload',
        'UploadPart',
        'ListParts',
        'ListMultipartUploads',
        'AbortMultipartUpload',
      ].map((call) => [call, true]),
    );
  });

  it('writes nothing at places that the endpoint may only read', async () => {
    const checks = await check({ allow: { read: ['data', 'data/both/'], write: ['data/both/'] } });
    const callsAt = (place: string) => checks.filter((each) => each.place === place).map(({ call }) => call);
    expect(callsAt('data')).toEqual(['read the secret', 'address the bucket', 'HeadObject']);
    expect(callsAt('data/both/')).toContain('UploadPart');
    expect(checks.every(({ ok }) => ok)).toBe(true);
  });

  it.each([
    ['a wrong secret', { secretAccessKey: 'other' }, /secret key does not belong/],
    ['a wrong key', { accessKeyId: 'other' }, /does not know the access key/],
    ['a wrong region', { region: 'eu-west-1' }, /region is wrong/],
    ['a bucket that is not there', { allow: ['nowhere'] }, /bucket does not exist/],
    ['a port where nobody listens', { url: 'http://127.0.0.1:9' }, /No program listens/],
    ['a name that has no address', { url: 'http://store.invalid' }, /has no address/],
    ['an IP address where the bucket stands in the host name', { provider: 'oss' }, /not an IP address/],
    ['a bucket with a dot there', { provider: 'oss', url: 'https://oss.invalid', allow: ['a.b'] }, /without dots/],
    ['a URL without TLS where it is asked for', { provider: 'b2' }, /https:/],
  ] as const)('says in words that there is %s', async (_what, settings, advice) => {
    const failed = (await check(settings)).filter(({ ok }) => !ok);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.at(-1)?.advice).toMatch(advice);
  });

  it('does not blame the store if the secret cannot be read', async () => {
    const facts = { name: 'e', provider: 'aws', url: 'http://127.0.0.1:9', region: 'us-east-1', allow: ['data'] };
    const store = async () => {
      throw new TransferError('Refused', 'The secret arn:x cannot be read: settings.json is no JSON from line 3 on.');
    };
    const { checks } = await checkEndpoint({ endpoint: async () => facts, store, ...time })('e');
    expect(checks).toMatchObject([{ ok: false, advice: expect.stringContaining('Partway did not call the store') }]);
  });
});
