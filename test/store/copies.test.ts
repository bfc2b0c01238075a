import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, bytesOf, complete, createUpload, freshStore, md5, put, putInParts, refusal } from './running-store.ts';

const { s3 } = await freshStore();
const body = bytesOf(50_000);
const etag = await put(s3, 'source', body);
const hourAgo = new Date(Date.now() - 3_600_000);
const inAnHour = new Date(Date.now() + 3_600_000);

function sourceOf(key: string): string {
  return `${BUCKET}/${encodeURIComponent(key)}`;
}

async function textOf(key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return Body!.transformToString('latin1');
}

describe('UploadPartCopy', () => {
  it('copies ranges and whole objects', async () => {
    const upload = await createUpload(s3, 'copied');
    const copy = (PartNumber: number, CopySourceRange?: string) =>
      s3.send(new UploadPartCopyCommand({ ...upload, PartNumber, CopySource: sourceOf('source'), CopySourceRange }));
    const parts = [];
    for (const [index, range] of ['bytes=0-1999', undefined, 'bytes=49999-49999'].entries()) {
      const { CopyPartResult } = await copy(index + 1, range);
      parts.push({ PartNumber: index + 1, ETag: CopyPartResult!.ETag });
    }
    expect(parts[1]!.ETag).toBe(etag);
    await complete(s3, upload, parts);
    const expected = Buffer.concat([body.subarray(0, 2000), body, body.subarray(49_999)]);
    expect(await textOf('copied')).toBe(expected.toString('latin1'));
  });

  it('copies a range that spans several parts of its source', async () => {
    const bodies = [bytesOf(2000, 1), bytesOf(2000, 2), bytesOf(2000, 3)];
    await putInParts(s3, 'in-parts', bodies);
    const upload = await createUpload(s3, 'across');
    const asked = { ...upload, PartNumber: 1, CopySource: sourceOf('in-parts'), CopySourceRange: 'bytes=1990-4009' };
    const { CopyPartResult } = await s3.send(new UploadPartCopyCommand(asked));
    expect(CopyPartResult!.ETag).toBe(`"${md5(Buffer.concat(bodies).subarray(1990, 4010))}"`);
  });

  it('refuses with 412 if a condition on its source is not met', async () => {
    const upload = await createUpload(s3, 'conditions');
    const copy = (conditions: object) =>
      refusal(
        s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: sourceOf('source'), ...conditions })),
      );
    for (const conditions of [
      { CopySourceIfMatch: '"stale"' },
      { CopySourceIfNoneMatch: etag },
      { CopySourceIfModifiedSince: inAnHour },
      { CopySourceIfUnmodifiedSince: hourAgo },
      { CopySourceIfNoneMatch: etag, CopySourceIfModifiedSince: hourAgo },
    ]) {
      expect(await copy(conditions)).toBe('PreconditionFailed 412');
    }
    expect(await copy({ CopySourceIfMatch: etag, CopySourceIfUnmodifiedSince: hourAgo })).toBe('succeeded');
  });

  it('refuses a range outside its source, and a source that does not exist', async () => {
    const upload = await createUpload(s3, 'refused');
    const copy = (key: string, CopySourceRange?: string) =>
      refusal(
        s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: sourceOf(key), CopySourceRange })),
      );
    for (const range of ['bytes=0-50000', 'bytes=60000-70000', 'bytes=5-4', 'bytes=5-', '0-5']) {
      expect(await copy('source', range)).toBe('InvalidArgument 400');
    }
    expect(await copy('missing')).toBe('NoSuchKey 404');
    const elsewhere = new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: 'no-such-bucket/x' });
    expect(await refusal(s3.send(elsewhere))).toBe('NoSuchBucket 404');
  });

  it('finds keys with any characters', async () => {
    for (const key of [
      'a b+c?d&é漢"\'=;x',
      'literal%20percent',
      'double//slash',
      'folder/',
      '漢'.repeat(341),
      '%?',
      '../up',
      'cr\rlf\n',
    ]) {
      await put(s3, key, key);
      const upload = await createUpload(s3, `${key.slice(0, 300)}!`);
      const asked = new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: sourceOf(key) });
      const { CopyPartResult } = await s3.send(asked);
      await complete(s3, upload, [{ PartNumber: 1, ETag: CopyPartResult!.ETag }]);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${key.slice(0, 300)}!` }));
      expect(await Body!.transformToString()).toBe(key);
    }
  });
});

describe('CopyObject', () => {
  it('copies or replaces the metadata and the tags of the object', async () => {
    const described = {
      Bucket: BUCKET,
      Key: 'described',
      Body: 'x',
      ContentType: 'text/x-a',
      Metadata: { a: '1' },
      Tagging: 't=1',
    };
    await s3.send(new PutObjectCommand(described));
    await s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'taken', CopySource: sourceOf('described') }));
    const taken = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'taken' }));
    expect(taken).toMatchObject({ ContentType: 'text/x-a', Metadata: { a: '1' } });
    await s3.send(
      new CopyObjectCommand({
        Bucket: BUCKET,
        Key: 'replaced',
        CopySource: sourceOf('described'),
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        Metadata: { b: '2' },
        Tagging: 't=2',
      }),
    );
    const replaced = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'replaced' }));
    expect(replaced).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: { b: '2' } });
    for (const [Key, Value] of [
      ['taken', '1'],
      ['replaced', '2'],
    ] as const) {
      const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key }));
      expect(TagSet).toEqual([{ Key: 't', Value }]);
    }
  });

  it('turns an object made of parts into an object in one piece, also between buckets', async () => {
    await putInParts(s3, 'many', [bytesOf(2000, 1), bytesOf(2000, 2)]);
    await s3.send(new CreateBucketCommand({ Bucket: 'other-bucket' }));
    const asked = new CopyObjectCommand({ Bucket: 'other-bucket', Key: 'one', CopySource: sourceOf('many') });
    const { CopyObjectResult } = await s3.send(asked);
    expect(CopyObjectResult!.ETag).toBe(`"${md5(Buffer.concat([bytesOf(2000, 1), bytesOf(2000, 2)]))}"`);
  });

  it('refuses a condition that is not met, and a copy onto itself that changes nothing', async () => {
    const copy = (Key: string, more: object = {}) =>
      refusal(s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key, CopySource: sourceOf('source'), ...more })));
    expect(await copy('new', { CopySourceIfMatch: '"stale"' })).toBe('PreconditionFailed 412');
    expect(await copy('copied', { IfNoneMatch: '*' })).toBe('PreconditionFailed 412');
    expect(await copy('source')).toBe('InvalidRequest 400');
    expect(await copy('source', { MetadataDirective: 'REPLACE' })).toBe('succeeded');
  });

  it('refuses an archived source that must be restored first', async () => {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'cold', Body: 'x', StorageClass: 'GLACIER' }));
    const copied = s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'warm', CopySource: sourceOf('cold') }));
    expect(await refusal(copied)).toBe('ObjectNotInActiveTierError 403');
    const read = s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'cold' }));
    expect(await refusal(read)).toBe('InvalidObjectState 403');
  });
});
