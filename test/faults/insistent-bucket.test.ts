import { Readable } from 'node:stream';
import { HeadObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Temper } from '../temper/temper.ts';
import { asAws } from '../workflow/world.ts';
import { type FaultyWorld, faultyWorld, PARTS } from './faulty-world.ts';

const inHeaders = ['content-md5', ...['crc32', 'crc32c', 'crc64nvme'].map((name) => `x-amz-checksum-${name}`)];

/** A bucket of AWS with a default retention. It accepts bytes only with one of these headers. */
const insistingOn = (taken: readonly string[]): Temper => [
  {
    operation: ['UploadPart', 'PutObject'],
    only: { noneOf: [...taken] },
    fault: {
      kind: 'refuse',
      moment: 'received',
      status: 400,
      code: 'InvalidRequest',
      message:
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters',
    },
  },
];
const anyChecksum = insistingOn([...inHeaders, 'x-amz-trailer']);
const headersOnly = insistingOn(inHeaders);
const sentNone = { ...asAws, partChecksum: 'none' } as const;

async function published({ target }: FaultyWorld) {
  return target.client.send(new HeadObjectCommand({ Bucket: 'data', Key: 'y', ChecksumMode: 'ENABLED' }));
}
const refused = async ({ target }: FaultyWorld) =>
  (await target.requests()).filter(({ outcome }) => outcome === 'InvalidRequest').length;

describe('A bucket that takes no bytes without a checksum', () => {
  it('gets a CRC32 after the bytes of each part if the source publishes no checksum', async () => {
    const headers = { 'x-amz-checksum-crc64nvme': null };
    const silent: Temper = [{ operation: 'HeadObject', fault: { kind: 'answer', headers } }];
    const w = await faultyWorld({ source: silent, target: anyChecksum, mayBeUnmet: true });
    expect((await w.copy()).status).toBe('SUCCEEDED');
    expect(await refused(w)).toBe(0);
    expect(await published(w)).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: expect.any(String) });
  });

  it.each([
    ['CRC32C', 'ChecksumCRC32C'],
    ['CRC64NVME', 'ChecksumCRC64NVME'],
  ] as const)('publishes the %s that the source publishes', async (ChecksumAlgorithm, field) => {
    const sourceObject: Partial<PutObjectCommandInput> = { ChecksumAlgorithm };
    const w = await faultyWorld({ target: anyChecksum, sourceObject, mayBeUnmet: true });
    expect((await w.copy()).transfer.receipt?.proofs).toContainEqual(expect.stringMatching(/^target's CRC/));
    expect((await published(w))[field]).toEqual(expect.any(String));
  });

  it.each([
    ['accepts no trailer', asAws, headersOnly],
    ['has a profile without part checksums', sentNone, anyChecksum],
  ])('and that %s gets the parts again, from memory', async (_, profile, target) => {
    const w = await faultyWorld({ profile, target });
    expect((await w.copy()).status).toBe('SUCCEEDED');
    expect(await refused(w)).toBeGreaterThan(0);
    expect(await refused(w)).toBeLessThanOrEqual(PARTS);
  });

  it.each([
    ['a trailer', asAws, anyChecksum, 0],
    ['a header, after one refusal', asAws, headersOnly, 1],
    ['a Content-MD5, after one refusal', sentNone, anyChecksum, 1],
  ])('takes a small object with %s', async (_, profile, target, refusals) => {
    const w = await faultyWorld({ profile, target, mayBeUnmet: refusals === 0 });
    expect((await w.copy({ multipartThresholdBytes: MiB })).status).toBe('SUCCEEDED');
    expect(await refused(w)).toBe(refusals);
  });

  it.each(['reset', 'stall'] as const)(
    'gets a part again if its source had a %s while the part was read into memory',
    async (kind) => {
      const source: Temper = [
        { operation: 'GetObject', skip: 1, times: 1, fault: { kind, moment: { bytesOut: 3000 } } },
      ];
      const w = await faultyWorld({ source, profile: { ...asAws, partChecksum: 'header' }, speed: 100 });
      expect((await w.copy()).status).toBe('SUCCEEDED');
    },
  );

  it('passes the check of its endpoint', async () => {
    const { target } = await faultyWorld({ target: headersOnly });
    const facts = { name: 'b', provider: 'aws', url: 'https://s3.localhost', region: 'us-east-1', allow: ['data'] };
    const store = async () => s3Target(target.client, asAws);
    const time = { clock: systemClock, deadlineMs: () => Date.now() + 29_000 };
    const { checks } = await checkEndpoint({ endpoint: async () => facts, store, ...time })('b');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('cannot get a part that does not fit into memory, and the error says so', async () => {
    const { target } = await faultyWorld();
    const store = s3Target(target.client, { ...asAws, partChecksum: 'header' });
    const part = { target: { endpoint: 'b', bucket: 'data', key: 'y' }, uploadId: 'u', partNumber: 1 };
    const write = { ...part, bytes: 65 * MiB, checksum: 'crc32' } as const;
    await expect(store.writePart(write, Readable.from([]), new AbortController().signal)).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringMatching(/This part has 68157440 bytes, and at most 67108864 .* smaller `partBytes`/),
    });
  });
});
