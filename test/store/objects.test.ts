import { request as httpRequest } from 'node:http';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { BUCKET, freshStore, put, refusal } from './running-store.ts';

const { s3, url } = await freshStore();
const etag = await put(s3, 'digits', '0123456789');
const digits = { Bucket: BUCKET, Key: 'digits' };
const hourAgo = new Date(Date.now() - 3_600_000);
const inAnHour = new Date(Date.now() + 3_600_000);

describe('GetObject and HeadObject', () => {
  it('return ranges from the beginning, the middle and the end', async () => {
    for (const [Range, text, ContentRange] of [
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=4-', '456789', 'bytes 4-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
      ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ] as const) {
      const answer = await s3.send(new GetObjectCommand({ ...digits, Range, IfMatch: etag }));
      expect([await answer.Body!.transformToString(), answer.ContentRange]).toEqual([text, ContentRange]);
      expect(answer.$metadata.httpStatusCode).toBe(206);
      const head = await s3.send(new HeadObjectCommand({ ...digits, Range }));
      expect(head).toMatchObject({ ContentLength: text.length, ContentRange });
    }
  });

  it('return the whole object for a range that S3 ignores', async () => {
    for (const Range of ['bytes=1-2,4-5', 'lines=1-2', 'bytes=5-2']) {
      const { Body, $metadata } = await s3.send(new GetObjectCommand({ ...digits, Range }));
      expect([await Body!.transformToString(), $metadata.httpStatusCode]).toEqual(['0123456789', 200]);
    }
  });

  it('refuse a range after the end and say how long the object is', async () => {
    expect(await refusal(s3.send(new GetObjectCommand({ ...digits, Range: 'bytes=10-12' })))).toBe('InvalidRange 416');
    const signed = await getSignedUrl(s3, new GetObjectCommand(digits));
    const response = await fetch(signed, { headers: { range: 'bytes=10-12' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  it('obey conditions', async () => {
    const get = (conditions: object) => refusal(s3.send(new GetObjectCommand({ ...digits, ...conditions })));
    expect(await get({ IfMatch: '"stale"' })).toBe('PreconditionFailed 412');
    expect(await get({ IfUnmodifiedSince: hourAgo })).toBe('PreconditionFailed 412');
    expect(await get({ IfMatch: etag, IfUnmodifiedSince: hourAgo })).toBe('succeeded');
    expect(await get({ IfNoneMatch: etag })).toMatch(/304$/);
    expect(await get({ IfModifiedSince: inAnHour })).toMatch(/304$/);
    expect(await get({ IfNoneMatch: '"other"', IfModifiedSince: inAnHour })).toBe('succeeded');
    const head = s3.send(new HeadObjectCommand({ ...digits, IfMatch: '"stale"' }));
    expect(await refusal(head)).toMatch(/412$/);
  });

  it('say that an object does not exist', async () => {
    const missing = { Bucket: BUCKET, Key: 'missing' };
    expect(await refusal(s3.send(new GetObjectCommand(missing)))).toBe('NoSuchKey 404');
    expect(await refusal(s3.send(new HeadObjectCommand(missing)))).toBe('NotFound 404');
    const nowhere = s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'x' }));
    expect(await refusal(nowhere)).toBe('NoSuchBucket 404');
  });

  it('return other headers if the request asks for them', async () => {
    const asked = {
      ...digits,
      ResponseContentType: 'text/x-other',
      ResponseContentDisposition: 'attachment; filename="ü"',
    };
    const answer = await fetch(
      await getSignedUrl(s3, new GetObjectCommand({ ...asked, ResponseContentDisposition: 'inline' })),
    );
    expect([answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      'text/x-other',
      'inline',
    ]);
    expect(await refusal(s3.send(new GetObjectCommand(asked)))).toBe('succeeded');
  });

  it('treat an object in one piece as if it were part 1', async () => {
    const { Body, PartsCount } = await s3.send(new GetObjectCommand({ ...digits, PartNumber: 1 }));
    expect([await Body!.transformToString(), PartsCount]).toEqual(['0123456789', undefined]);
    expect(await refusal(s3.send(new GetObjectCommand({ ...digits, PartNumber: 2 })))).toBe('InvalidPartNumber 416');
  });

  it('refuse an operation that they do not know, instead of taking it for a plain GET', async () => {
    expect(await refusal(s3.send(new GetObjectAclCommand(digits)))).toBe('NotImplemented 501');
  });
});

describe('PutObject', () => {
  it('replaces an object only if its conditions are met', async () => {
    const key = { Bucket: BUCKET, Key: 'guarded', Body: 'x' };
    expect(await refusal(s3.send(new PutObjectCommand({ ...key, IfMatch: '"any"' })))).toBe('NoSuchKey 404');
    const first = await s3.send(new PutObjectCommand({ ...key, IfNoneMatch: '*' }));
    expect(await refusal(s3.send(new PutObjectCommand({ ...key, IfNoneMatch: '*' })))).toBe('PreconditionFailed 412');
    expect(await refusal(s3.send(new PutObjectCommand({ ...key, IfMatch: '"stale"' })))).toBe('PreconditionFailed 412');
    await s3.send(new PutObjectCommand({ ...key, IfMatch: first.ETag }));
  });

  it('lets exactly one of many simultaneous writers create an object with If-None-Match', async () => {
    const puts = Array.from({ length: 8 }, (_, index) =>
      refusal(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'first', Body: `${index}`, IfNoneMatch: '*' }))),
    );
    const answers = (await Promise.all(puts)).sort();
    expect(answers).toEqual([...Array(7).fill('PreconditionFailed 412'), 'succeeded']);
  });

  it('accepts keys of 1,024 bytes and no longer ones', async () => {
    await put(s3, 'k'.repeat(1024), 'long');
    expect(await refusal(put(s3, 'k'.repeat(1025), 'longer'))).toBe('KeyTooLongError 400');
  });

  it('refuses an unknown storage class and too many tags', async () => {
    const cold = s3.send(new PutObjectCommand({ ...digits, Body: 'x', StorageClass: 'LUKEWARM' as 'STANDARD' }));
    expect(await refusal(cold)).toBe('InvalidStorageClass 400');
    const Tagging = Array.from({ length: 11 }, (_, index) => `t${index}=1`).join('&');
    expect(await refusal(s3.send(new PutObjectCommand({ ...digits, Body: 'x', Tagging })))).toBe('InvalidTag 400');
  });

  it('accepts the canned ACLs of objects, and refuses any other', async () => {
    const withAcl = (acl: string) =>
      refusal(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'acl', Body: 'x', ACL: acl as 'private' })));
    expect(await withAcl('private')).toBe('succeeded');
    expect(await withAcl('bucket-owner-full-control')).toBe('succeeded');
    expect(await withAcl('log-delivery-write')).toBe('InvalidArgument 400');
    expect(await withAcl('everybody')).toBe('InvalidArgument 400');
  });

  it('encrypts with a key service: the ETag is then no MD5, and the answer names the key', async () => {
    const sealed = { Bucket: BUCKET, Key: 'sealed', ServerSideEncryption: 'aws:kms' } as const;
    const { ETag, ServerSideEncryption } = await s3.send(
      new PutObjectCommand({ ...sealed, Body: 'x', SSEKMSKeyId: 'key-1' }),
    );
    expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect([ETag === (await put(s3, 'open', 'x')), ServerSideEncryption]).toEqual([false, 'aws:kms']);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'sealed' }));
    expect([head.ETag, head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual([ETag, 'aws:kms', 'key-1']);
    const keyless = { ...sealed, ServerSideEncryption: 'AES256' as const, SSEKMSKeyId: 'key-1' };
    expect(await refusal(s3.send(new PutObjectCommand({ ...keyless, Body: 'x' })))).toBe('InvalidArgument 400');
  });

  it('accepts a body that the client sends after 100 Continue', async () => {
    const signed = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'expecting' }));
    const headers = { expect: '100-continue', 'content-length': 3_000_000 };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(signed, { method: 'PUT', headers });
      request.once('error', reject).once('response', (response) => resolve(response.resume().statusCode));
      request.once('continue', () => request.end(Buffer.alloc(3_000_000, 7))).flushHeaders();
    });
    expect(status).toBe(200);
  });
});

describe('tags', () => {
  it('are replaced as a whole, and the object does not change', async () => {
    const TagSet = [
      { Key: 'a', Value: '1 & 2' },
      { Key: 'ü', Value: '' },
    ];
    await s3.send(new PutObjectTaggingCommand({ ...digits, Tagging: { TagSet } }));
    expect((await s3.send(new GetObjectTaggingCommand(digits))).TagSet).toEqual(TagSet);
    const head = await s3.send(new GetObjectCommand(digits));
    expect([head.ETag, head.TagCount]).toEqual([etag, 2]);
    await head.Body!.transformToString();
  });
});

describe('deleting', () => {
  it('an object twice succeeds, and a condition protects an object that has changed', async () => {
    const meant = await put(s3, 'deleted', 'x');
    const key = { Bucket: BUCKET, Key: 'deleted' };
    const stale = s3.send(new DeleteObjectCommand({ ...key, IfMatch: '"stale"' }));
    expect(await refusal(stale)).toBe('PreconditionFailed 412');
    await s3.send(new DeleteObjectCommand({ ...key, IfMatch: meant }));
    const { $metadata } = await s3.send(new DeleteObjectCommand(key));
    expect($metadata.httpStatusCode).toBe(204);
  });

  it('many objects returns a row for each, even for those that did not exist', async () => {
    const keys = ['x y', 'a&b<c>', 'never', ' blank ', 'cr\r'];
    for (const key of keys) if (key !== 'never') await put(s3, key, 'x');
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }));
    expect(Deleted!.map((row) => row.Key)).toEqual(keys);
    for (const Key of keys)
      expect(await refusal(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key })))).toBe('NotFound 404');
  });
});

describe('buckets', () => {
  it('can be made, listed, found, and removed if they are empty', async () => {
    const Bucket = 'short-lived';
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await refusal(s3.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyOwnedByYou 409');
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets!.map((row) => row.Name)).toEqual([Bucket, BUCKET]);
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }));
    expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty 409');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'x' }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await refusal(s3.send(new HeadBucketCommand({ Bucket })))).toBe('NotFound 404');
    expect(await refusal(s3.send(new CreateBucketCommand({ Bucket: 'Upper_Case' })))).toBe('InvalidBucketName 400');
  });

  it('keep their lifecycle rules', async () => {
    const rule = {
      ID: 'abort',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    } as const;
    const asked = new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET });
    expect(await refusal(s3.send(asked))).toBe('NoSuchLifecycleConfiguration 404');
    const LifecycleConfiguration = { Rules: [rule] };
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration }));
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }));
    expect(Rules![0]!.AbortIncompleteMultipartUpload!.DaysAfterInitiation).toBe(2);
  });
});

it('the counters show how many requests of each operation the store got', async () => {
  const response = await fetch(`${url}/-/counters`);
  const counters = await response.json();
  expect(counters).toMatchObject({ requests: { CreateBucket: expect.any(Number) }, bytesIn: expect.any(Number) });
});
