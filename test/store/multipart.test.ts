import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import {
  BUCKET,
  bytesOf,
  complete,
  createUpload,
  freshStore,
  MiB,
  md5,
  putInParts,
  sendPart,
  type TestUpload,
} from './running-store.ts';

const { s3 } = await freshStore();
const bodies = [bytesOf(5 * MiB, 1), bytesOf(5 * MiB, 2), bytesOf(70_000, 3)];
const whole = Buffer.concat(bodies);
const etagOfBodies = `"${md5(Buffer.concat(bodies.map((body) => Buffer.from(md5(body), 'hex'))))}-3"`;

/** Sends the first half of a part. `end` sends the second half and returns the status. */
async function beginPart(upload: TestUpload, PartNumber: number, body: Buffer, client = s3) {
  const signed = await getSignedUrl(client, new UploadPartCommand({ ...upload, PartNumber }));
  const request = httpRequest(signed, { method: 'PUT', headers: { 'content-length': body.length } });
  const status = new Promise<number | undefined>((resolve, reject) => {
    request.once('error', reject).once('response', (response) => resolve(response.resume().statusCode));
  });
  await new Promise<unknown>((resolve) => request.write(body.subarray(0, body.length / 2), resolve));
  const end = () => {
    request.end(body.subarray(body.length / 2));
    return status;
  };
  return { end };
}

describe('an upload in parts', () => {
  it('becomes an object with all bytes in order and the ETag of an object made of parts', async () => {
    const { parts, answer } = await putInParts(s3, 'basic', bodies);
    expect(parts.map((part) => part.ETag)).toEqual(bodies.map((body) => `"${md5(body)}"`));
    expect(answer.ETag).toBe(etagOfBodies);
    const object = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'basic' }));
    expect(object.ETag).toBe(etagOfBodies);
    expect(md5(Buffer.from(await object.Body!.transformToByteArray()))).toBe(md5(whole));
  });

  it('gives the object the headers, metadata and tags of CreateMultipartUpload', async () => {
    const upload = await createUpload(s3, 'described', {
      ContentType: 'text/x-test',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { colour: 'blue' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'a=1&b=2',
      ServerSideEncryption: 'AES256',
      ACL: 'private',
    });
    await complete(s3, upload, [await sendPart(s3, upload, 1, bytesOf(10))]);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'described' }));
    expect(head).toMatchObject({
      ContentType: 'text/x-test',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { colour: 'blue' },
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'AES256',
    });
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'described' }));
    expect(TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
  });

  it('accepts parts of any size, with gaps in their numbers, four at once', async () => {
    const upload = await createUpload(s3, 'unequal');
    const numbers = [2, 5, 900, 10_000];
    const pieces = numbers.map((number, index) => bytesOf(2000 + index * 999, number));
    const parts = await Promise.all(numbers.map((number, index) => sendPart(s3, upload, number, pieces[index]!)));
    await complete(s3, upload, parts);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'unequal' }));
    expect(Buffer.from(await Body!.transformToByteArray()).equals(Buffer.concat(pieces))).toBe(true);
  });

  it('may be completed with only some of its parts', async () => {
    const upload = await createUpload(s3, 'subset');
    const parts = [];
    for (const number of [1, 2, 3]) parts.push(await sendPart(s3, upload, number, bytesOf(2000, number)));
    await complete(s3, upload, [parts[0]!, parts[2]!]);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'subset' }));
    expect(head.ContentLength).toBe(4000);
  });

  it('may consist of one empty part', async () => {
    await putInParts(s3, 'empty', [Buffer.alloc(0)]);
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'empty' }));
    expect(ContentLength).toBe(0);
    expect(await Body!.transformToString()).toBe('');
  });

  it('keeps the second of two writes of the same part', async () => {
    const upload = await createUpload(s3, 'twice');
    await sendPart(s3, upload, 1, bytesOf(2000, 1));
    await sendPart(s3, upload, 1, bytesOf(3000, 2));
    const { Parts } = await s3.send(new ListPartsCommand(upload));
    expect(Parts).toHaveLength(1);
    expect(Parts![0]).toMatchObject({ Size: 3000, ETag: `"${md5(bytesOf(3000, 2))}"` });
  });

  it('keeps the write of a part that ends last, even if it began first', async () => {
    const upload = await createUpload(s3, 'at-once');
    const slow = await beginPart(upload, 1, bytesOf(200_000, 1));
    await sendPart(s3, upload, 1, bytesOf(3000, 2));
    expect(await slow.end()).toBe(200);
    const { Parts } = await s3.send(new ListPartsCommand(upload));
    expect(Parts).toMatchObject([{ Size: 200_000, ETag: `"${md5(bytesOf(200_000, 1))}"` }]);
  });

  it('does not accept a part whose bytes were still arriving at the abort', async () => {
    const own = await freshStore();
    const upload = await createUpload(own.s3, 'aborted');
    const slow = await beginPart(upload, 1, bytesOf(200_000, 1), own.s3);
    await own.s3.send(new AbortMultipartUploadCommand(upload));
    expect(await slow.end()).toBe(404);
    await expect.poll(() => readdir(join(own.directory, 'pieces'))).toEqual([]);
  });

  it('lists its parts page by page', async () => {
    const upload = await createUpload(s3, 'paged');
    for (const number of [1, 2, 3, 7, 10_000]) await sendPart(s3, upload, number, bytesOf(100, number));
    const pages: (number | undefined)[][] = [];
    let marker: string | undefined;
    do {
      const page = await s3.send(new ListPartsCommand({ ...upload, MaxParts: 2, PartNumberMarker: marker }));
      pages.push(page.Parts!.map((part) => part.PartNumber));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    expect(pages).toEqual([[1, 2], [3, 7], [10_000]]);
  });

  it('does not list a part of which only half was sent', async () => {
    const upload = await createUpload(s3, 'half');
    const signed = await getSignedUrl(s3, new UploadPartCommand({ ...upload, PartNumber: 1 }));
    await new Promise<void>((resolve) => {
      const request = httpRequest(signed, { method: 'PUT', headers: { 'content-length': 1_000_000 } });
      request.on('error', () => resolve());
      request.write(bytesOf(400_000), () => setTimeout(() => request.destroy(new Error('gone')), 50));
    });
    const { Parts = [] } = await s3.send(new ListPartsCommand(upload));
    expect(Parts).toEqual([]);
  });

  it('is listed among the open uploads, page by page, even if the same key has two', async () => {
    const own = await freshStore();
    const ids: string[] = [];
    for (const key of ['a', 'b', 'b', 'c/1', 'c/2']) ids.push((await createUpload(own.s3, key)).UploadId);
    const seen: (string | undefined)[] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (markers !== undefined) {
      const asked = new ListMultipartUploadsCommand({ Bucket: BUCKET, MaxUploads: 2, ...markers });
      const page: ListMultipartUploadsCommandOutput = await own.s3.send(asked);
      seen.push(...(page.Uploads ?? []).map((upload) => upload.UploadId));
      markers = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
    }
    expect(seen).toEqual(ids);
    const tree = await own.s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Delimiter: '/' }));
    expect(tree.CommonPrefixes).toEqual([{ Prefix: 'c/' }]);
    const inside = await own.s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'c/' }));
    expect(inside.Uploads!.map((upload) => upload.Key)).toEqual(['c/1', 'c/2']);
  });
});
