import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Bench, BUCKET, keys, openBench } from './bench.ts';
import { tempers } from './tempers/all.ts';
import { MiB } from './tempers/temper.ts';

/** If a temper refused nothing, all cases would pass. So these tests check what each temper must refuse. */
async function benchOf(name: string): Promise<Bench> {
  const bench = await openBench(tempers.find((temper) => temper.name === name)!);
  onTestFinished(() => bench.close());
  return bench;
}

async function refusal(answer: Promise<unknown>): Promise<string> {
  const error = (await answer.then(
    () => ({ name: 'taken' }),
    (reason) => reason,
  )) as { name: string; $metadata?: { httpStatusCode?: number } };
  return [error.name, error.$metadata?.httpStatusCode].filter(Boolean).join(' ');
}

async function uploadAt(bench: Bench) {
  const client = bench.client();
  const name = { Bucket: BUCKET, Key: 'k' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const part = (PartNumber: number, bytes: number) =>
    client.send(new UploadPartCommand({ ...name, UploadId, PartNumber, Body: Buffer.alloc(bytes) }));
  const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts } }));
  return { client, upload: { ...name, UploadId }, part, complete };
}

describe('A temper', () => {
  it('of US3 refuses parts of another size than 8 MiB, and a part after a smaller one', async () => {
    const { part } = await uploadAt(await benchOf('us3'));
    expect(await refusal(part(1, 8 * MiB + 1))).toBe('InvalidArgument 400');
    expect(await refusal(part(3, 100))).toBe('taken');
    expect(await refusal(part(2, 7 * MiB))).toBe('InvalidArgument 400');
    expect(await refusal(part(4, 8 * MiB))).toBe('InvalidArgument 400');
  });

  it('of US3 copies only its own objects of at most 100 MB', async () => {
    const bench = await benchOf('us3');
    const copy = (Key: string) => {
      const copied = { Bucket: BUCKET, Key: `${Key} again`, CopySource: `${BUCKET}/${Key}` };
      return refusal(bench.client().send(new CopyObjectCommand(copied)));
    };
    await bench.behind.put('small', Buffer.alloc(1));
    await bench.behind.put('large', Buffer.alloc(100_000_001));
    expect([await copy('small'), await copy('large')]).toEqual(['taken', 'EntityTooLarge 400']);
  });

  it.each(['us3', 'b2', 'gcs'])('of %s gives ETags that are not MD5s', async (name) => {
    const { ETag } = await (await uploadAt(await benchOf(name))).part(1, 1);
    expect(ETag).not.toMatch(/^"[0-9a-f]{32}"$/i);
  });

  it.each([
    ['oss', 'SecondLevelDomainForbidden 403'],
    ['obs', 'NoSuchKey 404'],
    ['ks3', 'AccessDenied 403'],
    ['cos', 'AccessDenied 403'],
    ['tos', 'InvalidPathAccess 403'],
  ])('of %s refuses buckets in the path', async (name, expected) => {
    const client = (await benchOf(name)).client({ profile: { addressing: 'path' } });
    expect(await refusal(client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'x' })))).toBe(expected);
  });

  it.each([
    ['oss', 'InvalidArgument 400'],
    ['obs', 'XAmzContentSHA256Mismatch 400'],
    ['cos', 'NotImplemented 501'],
    ['ceph', 'XAmzContentSHA256Mismatch 400'],
    ['b2', 'InvalidArgument 400'],
  ])('of %s refuses streams in the form that AWS’s SDKs send by default', async (name, expected) => {
    const { proxy, temper, profile, client: open } = await benchOf(name);
    const { requestHandler } = open().config;
    const client = new S3Client({
      region: temper.region,
      credentials: keys,
      requestHandler,
      maxAttempts: 1,
      endpoint: `http://s3.localhost:${proxy.port}`,
      forcePathStyle: profile.addressing === 'path',
    });
    const put = { Bucket: BUCKET, Key: 'k', Body: Readable.from([Buffer.alloc(100)]), ContentLength: 100 };
    expect(await refusal(client.send(new PutObjectCommand(put)))).toBe(expected);
  });

  it.each([
    ['us3', { Tagging: 'a=1' }, 'InvalidArgument 400'],
    ['us3', { ACL: 'private' }, 'InvalidArgument 400'],
    ['oss', { Tagging: 'a=1' }, 'InvalidArgument 400'],
    ['oss', { ACL: 'bucket-owner-read' }, 'InvalidArgument 400'],
    ['oss', { ACL: 'public-read' }, 'taken'],
    ['obs', { ServerSideEncryption: 'AES256' }, 'InvalidArgument 400'],
    ['obs', { ServerSideEncryption: 'aws:kms' }, 'taken'],
    ['ks3', { ACL: 'public-read-write' }, 'InvalidArgument 400'],
    ['ks3', { Tagging: 'a=1' }, 'taken'],
    ['qingstor', { ACL: 'private' }, 'InvalidArgument 400'],
    ['qingstor', { ServerSideEncryption: 'AES256' }, 'InvalidArgument 400'],
    ['ceph', { ServerSideEncryption: 'AES256' }, 'InvalidRequest 400'],
    ['swift', { Tagging: 'a=1' }, 'NotImplemented 501'],
    ['minio', { ACL: 'private' }, 'NotImplemented 501'],
    ['r2', { Tagging: 'a=1' }, 'NotImplemented 501'],
    ['b2', { Tagging: 'a=1' }, 'InvalidArgument 400'],
    ['b2', { ACL: 'public-read' }, 'InvalidRequest 400'],
  ] as const)('of %s answers to a request with %j: %s', async (name, more, expected) => {
    const upload = new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'k', ...more });
    const answer = (await benchOf(name)).client().send(upload);
    // QingStor's errors are JSON, so the SDK only has their status.
    expect((await refusal(answer)).split(' ').at(-1)).toBe(expected.split(' ').at(-1));
  });

  it('of Ceph accepts tags with an upload, and loses them', async () => {
    const { behind, client } = await benchOf('ceph');
    const store = client();
    const name = { Bucket: BUCKET, Key: 'k' };
    const { UploadId } = await store.send(new CreateMultipartUploadCommand({ ...name, Tagging: 'a=1' }));
    const { ETag } = await store.send(new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await store.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload }));
    expect((await behind.head('k'))?.TagCount).toBeUndefined();
  });

  it('of OSS writes ETags in capitals, has its own checksum, and lists no uploads', async () => {
    const { client, part, complete } = await uploadAt(await benchOf('oss'));
    const { ETag } = await part(1, 9);
    expect(ETag).toMatch(/^"[0-9A-F]{32}"$/);
    const headers: Record<string, string>[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers.push((result.response as { headers: Record<string, string> }).headers);
        return result;
      },
      { step: 'deserialize', name: 'headersOfAnswers' },
    );
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'check', Body: '123456789' }));
    // This is the check value of CRC-64/XZ.
    expect(headers[0]?.['x-oss-hash-crc64ecma']).toBe(String(0x995dc9bbdf1939fan));
    expect((await complete([{ PartNumber: 1, ETag }])).ETag).toMatch(/^"[0-9A-F]{32}-1"$/);
    expect(await refusal(client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET })))).toBe('NotImplemented 501');
  });

  it('of KS3 refuses gaps between part numbers at Complete', async () => {
    const { part, complete } = await uploadAt(await benchOf('ks3'));
    const { ETag } = await part(2, 1);
    expect(await refusal(complete([{ PartNumber: 2, ETag }]))).toBe('InvalidPartOrder 400');
  });

  it('of QingStor lists 200 parts on a page, and answers Complete with an empty body', async () => {
    const { client, upload, part, complete } = await uploadAt(await benchOf('qingstor'));
    const { ETag } = await part(1, 1);
    expect((await client.send(new ListPartsCommand(upload))).MaxParts).toBe(200);
    expect(await refusal(complete([{ PartNumber: 1, ETag }]))).toBe('InternalError 503');
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'k' }));
    expect([head.ETag, head.LastModified]).toEqual([undefined, expect.any(Date)]);
  });

  it('of R2 refuses unequal parts, and that of Ceph refuses missing parts, but only at Complete', async () => {
    for (const name of ['r2', 'ceph']) {
      const { part, complete } = await uploadAt(await benchOf(name));
      const [first, second] = [await part(1, 10), await part(2, 20)];
      const all = [
        { PartNumber: 1, ETag: first.ETag },
        { PartNumber: 2, ETag: second.ETag },
      ];
      expect(await refusal(complete(name === 'r2' ? all : all.slice(0, 1)))).toBe('InvalidPart 400');
    }
  });

  it('of MinIO lists uploads only by the whole key, and refuses a second Complete', async () => {
    const { client, part, complete } = await uploadAt(await benchOf('minio'));
    const list = async (Prefix: string) =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix }))).Uploads?.length ?? 0;
    expect([await list(''), await list('k')]).toEqual([0, 1]);
    const parts = [{ PartNumber: 1, ETag: (await part(1, 1)).ETag }];
    await complete(parts);
    expect(await refusal(complete(parts))).toBe('NoSuchUpload 404');
  });
});
