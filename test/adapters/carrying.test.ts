import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { ObjectWrite } from '../../functions/transfer/at-stores.ts';
import { generationOf } from '../../functions/transfer/transfer.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { tempered } from '../temper/tempered.ts';

const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
const signal = new AbortController().signal;
let server: RunningStore;
let client: ReturnType<typeof s3Client>;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'partway-carrying-'));
  server = await startStore({
    directory,
    port: 0,
    ...keys,
    region: 'us-east-1',
    buckets: ['data'],
    around: tempered(),
  });
  const { url } = server;
  const endpoint = { name: 'e', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['data'] };
  client = s3Client(endpoint, profiles.aws, keys);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const misbehaving = (rules: unknown[]) =>
  fetch(`${server.url}/-/temper`, { method: 'PUT', body: JSON.stringify(rules) }).then(({ status }) =>
    expect(status).toBeLessThan(300),
  );
const inspect = (key: string, tags = true) =>
  s3Source(
    client,
    { endpoint: 'e', bucket: 'data', key },
    { verify: true, profile: { ...profiles.aws, takesTags: tags } },
  ).inspect();
const putTagged = (key: string) =>
  client.send(
    new PutObjectCommand({
      Bucket: 'data',
      Key: key,
      Body: 'x',
      Tagging: 'project=a%20b&plus=c%2Bd',
      StorageClass: 'GLACIER_IR',
      ServerSideEncryption: 'AES256',
    }),
  );

describe('The facts of a source', () => {
  it('have its tags, its class and its encryption', async () => {
    await putTagged('told');
    expect(await inspect('told')).toMatchObject({
      tags: { project: 'a b', plus: 'c+d' },
      tagCount: 2,
      storageClass: 'GLACIER_IR',
      encryption: 'AES256',
    });
  });

  it('have no tags if HEAD counts none, or if the request does not need them', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'bare', Body: 'x' }));
    await misbehaving([{ operation: 'GetObjectTagging', fault: { kind: 'reset', moment: 'before' } }]);
    const facts = await inspect('bare');
    expect([facts?.tags, facts?.tagsUnread]).toEqual([undefined, undefined]);
    await putTagged('unasked');
    expect(await inspect('unasked', false)).toMatchObject({ tagsUnread: expect.stringContaining('did not ask') });
    await misbehaving([]);
  });

  it.each([
    [403, 'AccessDenied'],
    [501, 'NotImplemented'],
    [405, 'MethodNotAllowed'],
  ])('say why the tags are missing if the store refuses them with %i %s', async (status, code) => {
    await putTagged('refused');
    await misbehaving([{ operation: 'GetObjectTagging', fault: { kind: 'refuse', moment: 'before', status, code } }]);
    const facts = await inspect('refused');
    expect([facts?.tags, facts?.tagsUnread]).toEqual([undefined, expect.stringContaining(code)]);
    await misbehaving([]);
  });

  it('are an error that may pass if the store throttles the question for tags', async () => {
    await putTagged('later');
    const refuse = { kind: 'refuse', moment: 'before', status: 503, code: 'SlowDown' };
    await misbehaving([{ operation: 'GetObjectTagging', fault: refuse }]);
    await expect(inspect('later')).rejects.toMatchObject({ name: 'Throttled' });
    await misbehaving([]);
  });

  it('have the same generation after only the tags have changed', async () => {
    await putTagged('retagged');
    const before = await inspect('retagged');
    const Tagging = { TagSet: [{ Key: 'other', Value: '' }] };
    await client.send(new PutObjectTaggingCommand({ Bucket: 'data', Key: 'retagged', Tagging }));
    const after = await inspect('retagged');
    expect(after?.tags).toEqual({ other: '' });
    expect(generationOf(after!)).toBe(generationOf(before!));
  });
});

const write = (key: string, more: Partial<ObjectWrite>): ObjectWrite => ({
  target: { endpoint: 'e', bucket: 'data', key },
  headers: {},
  metadata: {},
  storageClass: undefined,
  onlyIfAbsent: false,
  ...more,
});
const body = () => Readable.from([Buffer.from('x')], { objectMode: false });

/** Writes an object as one request or in parts, and returns its facts. */
async function written(way: string, more: Partial<ObjectWrite>) {
  const store = s3Target(client, profiles.aws);
  const { target, ...rest } = write(`written ${way}`, more);
  const answer =
    way === 'as one request'
      ? await store.putObject({ target, ...rest }, body(), 1, signal)
      : await inParts({ target, ...rest });
  const name = { Bucket: 'data', Key: target.key };
  const { TagSet } = await client.send(new GetObjectTaggingCommand(name));
  return { answer, TagSet, head: await client.send(new HeadObjectCommand(name)) };
}

async function inParts(write: ObjectWrite) {
  const store = s3Target(client, profiles.aws);
  const { bucket: Bucket, key: Key } = write.target;
  const UploadId = await store.beginUpload(write);
  const part = { target: write.target, uploadId: UploadId, partNumber: 1, bytes: 1 };
  const answer = await store.writePart(part, body(), signal);
  const Parts = [{ PartNumber: 1, ETag: answer.etag }];
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  return answer;
}

describe.each(['as one request', 'in parts'])('An object that is written %s', (way) => {
  it('has exactly the tags of the request', async () => {
    const tags = { 'a b': 'c+d=e:/@', ü: '漢 _.-', empty: '' };
    const { TagSet } = await written(way, { tags, acl: 'bucket-owner-full-control' });
    expect(Object.fromEntries(TagSet!.map(({ Key, Value }) => [Key, Value]))).toEqual(tags);
  });

  it('has the content headers of the request, in the form of HTTP', async () => {
    const headers = { contentEncoding: 'gzip', expires: 'Wednesday, 21-Oct-15 07:28:00 GMT' };
    const { head } = await written(way, { headers });
    expect([head.ContentEncoding, head.ExpiresString]).toEqual(['gzip', 'Wed, 21 Oct 2015 07:28:00 GMT']);
  });

  it('is encrypted as the request says, and then Partway does not take its ETags for MD5s', async () => {
    const open = await written(way, { encryption: { type: 'AES256' } });
    expect([open.head.ServerSideEncryption, open.answer.etagIsMd5]).toEqual(['AES256', true]);
    const sealed = await written(way, { encryption: { type: 'aws:kms', keyId: 'k-1' } });
    expect([sealed.head.ServerSideEncryption, sealed.head.SSEKMSKeyId]).toEqual(['aws:kms', 'k-1']);
    expect([sealed.answer.etagIsMd5, sealed.answer.etag === open.answer.etag]).toEqual([false, false]);
  });
});

describe('Metadata that is not ASCII', () => {
  it('makes Node throw before it is sent, so Partway must leave it behind', async () => {
    const store = s3Target(client, profiles.aws);
    await expect(store.beginUpload(write('foreign', { metadata: { name: '漢' } }))).rejects.toMatchObject({
      message: expect.stringContaining('ERR_INVALID_CHAR'),
    });
  });
});
