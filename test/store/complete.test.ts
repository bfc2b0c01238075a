import { AbortMultipartUploadCommand, ListPartsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import {
  BUCKET,
  bytesOf,
  complete,
  createUpload,
  freshStore,
  md5,
  put,
  putInParts,
  refusal,
  sendPart,
} from './running-store.ts';

const { s3 } = await freshStore();

describe('CompleteMultipartUpload refuses', () => {
  it('a wrong ETag, and a part that does not exist', async () => {
    const upload = await createUpload(s3, 'invalid-part');
    const part = await sendPart(s3, upload, 1, bytesOf(2000));
    const wrong = { PartNumber: 1, ETag: `"${md5(Buffer.from('other'))}"` };
    expect(await refusal(complete(s3, upload, [wrong]))).toBe('InvalidPart 400');
    expect(await refusal(complete(s3, upload, [part, { ...part, PartNumber: 2 }]))).toBe('InvalidPart 400');
  });

  it('parts in the wrong order, and a part that is listed twice', async () => {
    const upload = await createUpload(s3, 'order');
    const parts = [await sendPart(s3, upload, 1, bytesOf(2000, 1)), await sendPart(s3, upload, 2, bytesOf(2000, 2))];
    expect(await refusal(complete(s3, upload, parts.toReversed()))).toBe('InvalidPartOrder 400');
    expect(await refusal(complete(s3, upload, [parts[0]!, parts[0]!]))).toBe('InvalidPartOrder 400');
  });

  it('a small part before the last', async () => {
    const upload = await createUpload(s3, 'small');
    const parts = [await sendPart(s3, upload, 1, bytesOf(1023)), await sendPart(s3, upload, 2, bytesOf(10))];
    expect(await refusal(complete(s3, upload, parts))).toBe('EntityTooSmall 400');
  });

  it('an empty list of parts', async () => {
    const upload = await createUpload(s3, 'none');
    expect(await refusal(complete(s3, upload, []))).toBe('MalformedXML 400');
  });

  it('an object whose size differs from the size that the client expects', async () => {
    const upload = await createUpload(s3, 'size');
    const part = await sendPart(s3, upload, 1, bytesOf(2000));
    expect(await refusal(complete(s3, upload, [part], { MpuObjectSize: 2001 }))).toBe('InvalidRequest 400');
    await complete(s3, upload, [part], { MpuObjectSize: 2000 });
  });

  it('to replace an object that must not exist or has changed', async () => {
    const etag = await put(s3, 'taken', 'first');
    const upload = await createUpload(s3, 'taken');
    const part = await sendPart(s3, upload, 1, bytesOf(2000));
    expect(await refusal(complete(s3, upload, [part], { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect(await refusal(complete(s3, upload, [part], { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    await complete(s3, upload, [part], { IfMatch: etag });
  });

  it('part numbers outside 1 to 10,000, before it reads the bytes', async () => {
    const upload = await createUpload(s3, 'numbers');
    for (const PartNumber of [0, 10_001]) {
      const sent = s3.send(new UploadPartCommand({ ...upload, PartNumber, Body: bytesOf(10) }));
      expect(await refusal(sent)).toBe('InvalidArgument 400');
    }
  });
});

describe('an upload that has ended', () => {
  it('answers a repeated Complete with the same ETag, and a different Complete with NoSuchUpload', async () => {
    const { upload, parts, answer } = await putInParts(s3, 'again', [bytesOf(2000, 1), bytesOf(2000, 2)]);
    expect((await complete(s3, upload, parts)).ETag).toBe(answer.ETag);
    expect((await complete(s3, upload, parts, { IfNoneMatch: '*' })).ETag).toBe(answer.ETag);
    expect(await refusal(complete(s3, upload, parts.slice(0, 1)))).toBe('NoSuchUpload 404');
  });

  it('accepts one of two simultaneous Completes and gives the other the same answer', async () => {
    const upload = await createUpload(s3, 'race');
    const parts = [await sendPart(s3, upload, 1, bytesOf(2000))];
    const answers = await Promise.all([complete(s3, upload, parts), complete(s3, upload, parts)]);
    expect(answers[0]!.ETag).toBe(answers[1]!.ETag);
  });

  it('is unknown to every command after it was aborted', async () => {
    const upload = await createUpload(s3, 'aborted');
    const part = await sendPart(s3, upload, 1, bytesOf(2000));
    const { $metadata } = await s3.send(new AbortMultipartUploadCommand(upload));
    expect($metadata.httpStatusCode).toBe(204);
    expect(await refusal(sendPart(s3, upload, 2, bytesOf(10)))).toBe('NoSuchUpload 404');
    expect(await refusal(s3.send(new ListPartsCommand(upload)))).toBe('NoSuchUpload 404');
    expect(await refusal(complete(s3, upload, [part]))).toBe('NoSuchUpload 404');
    expect(await refusal(s3.send(new AbortMultipartUploadCommand(upload)))).toBe('NoSuchUpload 404');
  });

  it('is unknown if its id is made up or belongs to another key', async () => {
    const upload = await createUpload(s3, 'mine');
    const madeUp = s3.send(new ListPartsCommand({ Bucket: BUCKET, Key: 'mine', UploadId: 'made-up' }));
    expect(await refusal(madeUp)).toBe('NoSuchUpload 404');
    expect(await refusal(s3.send(new ListPartsCommand({ ...upload, Key: 'yours' })))).toBe('NoSuchUpload 404');
  });
});
