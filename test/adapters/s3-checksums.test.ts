import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { publishedCrcs } from '../../functions/adapters/s3/checksums.ts';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { type ProviderName, profiles } from '../../functions/providers/profiles.ts';
import { servingInTest } from '../serving.ts';

type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string };

/** A store of one kind that gives one answer for each method, opened as a source and as a target. */
async function storeAnswering(provider: ProviderName, answers: Record<string, Answer>) {
  const { url } = await servingInTest((request, response) => {
    const { status, headers, text } = answers[request.method ?? ''] ?? { status: 500 };
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : text);
  });
  const profile = profiles[provider];
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const endpoint = { name: 'e', provider, url, region: 'x', secretArn: undefined, allow: ['data'] };
  const client = s3Client(endpoint, profile, keys);
  const object = { endpoint: 'e', bucket: 'data', key: 'k' };
  const source = s3Source(client, object, { verify: true, profile });
  return { source, inspect: () => s3Target(client, profile).inspect(object) };
}

const head = (headers: Record<string, string>): Record<string, Answer> => ({
  HEAD: { status: 200, headers: { 'content-length': '9', etag: '"e"', ...headers } },
});

describe('The checksum that a store publishes', () => {
  it.each([
    ['oss', { 'x-oss-hash-crc64ecma': '11051210869376104954' }, { crc64ecma: '995dc9bbdf1939fa' }],
    ['cos', { 'X-Cos-Hash-Crc64ecma': '11051210869376104954' }, { crc64ecma: '995dc9bbdf1939fa' }],
    ['ks3', { 'x-amz-checksum-crc64ecma': '11051210869376104954' }, { crc64ecma: '995dc9bbdf1939fa' }],
    ['gcs', { 'x-goog-hash': 'crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==' }, { crc32c: 'e3069283' }],
    ['aws', { 'x-amz-checksum-crc64nvme': 'rosUhgp5mIg=' }, { crc64nvme: 'ae8b14860a799888' }],
    ['oss', { 'x-oss-hash-crc64ecma': 'nothing' }, {}],
    ['gcs', { 'x-goog-hash': 'md5=JfnnlDI7RTiF9RgfG2JNCw==' }, {}],
    ['us3', { 'x-oss-hash-crc64ecma': '11051210869376104954' }, {}],
  ] as const)('%s is read from its own header: %j', async (provider, headers, expected) => {
    const { source, inspect } = await storeAnswering(provider, head(headers));
    expect((await source.inspect())?.crcs).toEqual(expected);
    expect((await inspect())?.crcs).toEqual(expected);
  });

  it('counts only if it is the checksum of the whole object', () => {
    const crcsOf = (output: Partial<HeadObjectCommandOutput>) =>
      publishedCrcs({ output: { $metadata: {}, ...output }, own: undefined }, 'none');
    const [nvme, castagnoli] = ['rosUhgp5mIg=', '4waSgw=='];
    expect(crcsOf({ ChecksumCRC32C: castagnoli, ChecksumType: 'FULL_OBJECT' })).toEqual({ crc32c: 'e3069283' });
    expect(crcsOf({ ChecksumCRC32C: castagnoli })).toEqual({});
    expect(crcsOf({ ChecksumCRC32C: castagnoli, ChecksumType: 'COMPOSITE' })).toEqual({});
    expect(crcsOf({ ChecksumCRC64NVME: nvme })).toEqual({ crc64nvme: 'ae8b14860a799888' });
    expect(crcsOf({ ChecksumCRC64NVME: nvme, ChecksumType: 'COMPOSITE' })).toEqual({});
    expect(crcsOf({ ChecksumCRC64NVME: `${nvme}-4`, ChecksumType: 'FULL_OBJECT' })).toEqual({});
  });
});

describe('A failure to read a source', () => {
  it('gets its name from the error codes of that kind of store', async () => {
    const refused = { status: 410, text: '<Error><Code>DisconnectError</Code><Message>Again.</Message></Error>' };
    const pin = { bytes: 9, etag: 'e', headers: {}, metadata: {} };
    for (const [provider, name] of [
      ['wasabi', 'Unreachable'],
      ['aws', 'Refused'],
    ] as const) {
      const { source } = await storeAnswering(provider, { GET: refused });
      const reading = source.read({ first: 0, last: 8 }, pin, AbortSignal.timeout(10_000));
      await expect(reading).rejects.toMatchObject({ name });
    }
  });
});
