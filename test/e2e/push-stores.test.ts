import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { SignedWrite } from '../../functions/transfer/push.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Client } from '../../tools/start/stores.ts';
import { ensureBucket } from './objects.ts';
import { pushed } from './pushed.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';

const { servers } = inject('realServers');
const bucket = 'pushes';
let stack: StackProcess;

const names = ['b', ...servers.map(({ name }) => name)];
const bucketOf = (endpoint: string) =>
  endpoint === 'b' ? 'data' : (servers.find(({ name }) => name === endpoint)?.buckets?.[0] ?? bucket);
/** A new client each time: R2's simulator closes connections that rest. */
const clientOf = (endpoint: string): Client => {
  const server = servers.find(({ name }) => name === endpoint);
  if (!server) return stack.store('b');
  const { name, url, region, accessKeyId, secretAccessKey } = server;
  return s3Client({ name, provider: name, url, region, secretArn: undefined, allow: [] }, profiles[name], {
    accessKeyId,
    secretAccessKey,
  });
};

beforeAll(async () => {
  const endpoints = servers.map(({ name, url, region, accessKeyId, secretAccessKey }) => [
    name,
    { provider: name, url, region, accessKeyId, secretAccessKey, allow: [bucketOf(name)] },
  ]);
  stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-push-stores-')), {
    endpoints: Object.fromEntries(endpoints),
  });
  for (const { name, buckets } of servers) if (!buckets) await ensureBucket(clientOf(name), bucket);
});
afterAll(() => stack?.stop());

const asked = (endpoint: string, Key: string, bytes: number, more: Partial<TransferRequestInput> = {}) => ({
  source: { client: { name: Key, bytes } },
  target: { endpoint, bucket: bucketOf(endpoint), key: Key },
  partBytes: 5 * MiB,
  multipartThresholdBytes: 5 * MiB,
  ...more,
});
const read = async (endpoint: string, Key: string) => {
  const { Body } = await clientOf(endpoint).send(new GetObjectCommand({ Bucket: bucketOf(endpoint), Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

/** Whether the store takes these bytes, with these headers in place of the signed ones. */
function isTaken({ url, headers }: SignedWrite, body: Buffer, more: Record<string, string> = {}): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      url,
      { method: 'PUT', headers: { ...headers, ...more, 'content-length': body.length } },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode === 200));
      },
    );
    // A store may hang up on what it refuses before it has read all of it.
    sent.on('error', () => resolve(false)).end(body);
  });
}

describe.each(names)('A push to %s', (endpoint) => {
  it('arrives in parts, by the URLs that the service signs', async () => {
    const content = randomBytes(2 * 5 * MiB + 17);
    expect(await pushed(stack.api, asked(endpoint, 'parts', content.length), content)).toBe('copied');
    expect(await read(endpoint, 'parts')).toEqual(content);
  });

  it('arrives whole, with headers and metadata', async () => {
    const content = randomBytes(1000);
    const described = { contentType: 'video/mp4', metadata: { team: 'ops' } };
    expect(await pushed(stack.api, asked(endpoint, 'whole', content.length, described), content)).toBe('copied');
    const head = await clientOf(endpoint).send(new HeadObjectCommand({ Bucket: bucketOf(endpoint), Key: 'whole' }));
    expect([head.ContentType, head.Metadata?.team]).toEqual(['video/mp4', 'ops']);
  });

  it('takes no other bytes than those whose MD5 was signed, if its store compares it', async () => {
    const content = randomBytes(5 * MiB);
    const { transferId, push } = await stack.api.start(asked(endpoint, 'sum', 2 * content.length));
    expect(push?.signsMd5).toBe(true); // AWS, Ceph, Swift and R2's simulator do
    const wanted = { partNumber: 1, bytes: content.length, crc32: crc32(content) };
    const md5 = createHash('md5').update(content).digest('hex');
    const { urls } = await stack.api.signParts(transferId, [{ ...wanted, md5 }]);
    const other = Buffer.from(content);
    other.writeUInt8(255 - other.readUInt8(0), 0);
    expect(await isTaken(urls[0]!, other)).toBe(false);
    expect(await isTaken(urls[0]!, content)).toBe(true);
    await stack.api.abort(transferId);
  });

  it('takes no other length, and no other headers, than were signed', async () => {
    const { transferId } = await stack.api.start(asked(endpoint, 'signed', 1000, { metadata: { team: 'ops' } }));
    const { urls } = await stack.api.signParts(transferId, [{ partNumber: 1, bytes: 1000 }]);
    const [signed] = urls;
    expect(await isTaken(signed!, randomBytes(1001))).toBe(false);
    expect(await isTaken(signed!, randomBytes(1000), { 'x-amz-meta-team': 'others' })).toBe(false);
    expect(await isTaken(signed!, randomBytes(1000))).toBe(true);
    await stack.api.abort(transferId);
  });
});
