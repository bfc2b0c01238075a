import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import {
  BUCKET,
  bytesOf,
  checksumOf,
  clientOf,
  complete,
  createUpload,
  freshStore,
  refusal,
  sendPart,
} from './running-store.ts';

const { s3, url } = await freshStore();
const byDefault = clientOf(url, {
  requestChecksumCalculation: 'WHEN_SUPPORTED',
  responseChecksumValidation: 'WHEN_SUPPORTED',
});
const body = bytesOf(300_000);

describe('the checksum of an object made of parts', () => {
  const pieces = [bytesOf(2000, 1), bytesOf(2000, 2), bytesOf(30, 3)];
  const whole = Buffer.concat(pieces);

  it('covers the whole object for a CRC of type FULL_OBJECT, and the store checks it at Complete', async () => {
    for (const name of ['CRC64NVME', 'CRC32', 'CRC32C'] as const) {
      const upload = await createUpload(s3, `full-${name}`, { ChecksumAlgorithm: name, ChecksumType: 'FULL_OBJECT' });
      const parts = [];
      for (const [index, piece] of pieces.entries()) parts.push(await sendPart(s3, upload, index + 1, piece));
      const value = await checksumOf(name, whole);
      const wrong = await checksumOf(name, pieces[0]!);
      const claim = (claimed: string) => ({ [`Checksum${name}`]: claimed, ChecksumType: 'FULL_OBJECT' as const });
      expect(await refusal(complete(s3, upload, parts, claim(wrong)))).toBe('BadDigest 400');
      const answer = await complete(s3, upload, parts, claim(value));
      expect(answer).toMatchObject({ [`Checksum${name}`]: value, ChecksumType: 'FULL_OBJECT' });
      const head = await s3.send(
        new HeadObjectCommand({ Bucket: BUCKET, Key: `full-${name}`, ChecksumMode: 'ENABLED' }),
      );
      expect(head).toMatchObject({ [`Checksum${name}`]: value, ChecksumType: 'FULL_OBJECT' });
    }
  });

  it('is computed at Complete if only Complete asks for it', async () => {
    const upload = await createUpload(s3, 'late');
    const parts = [];
    for (const [index, piece] of pieces.entries()) parts.push(await sendPart(s3, upload, index + 1, piece));
    const ChecksumCRC64NVME = await checksumOf('CRC64NVME', whole);
    const answer = await complete(s3, upload, parts, { ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    expect(answer.ChecksumCRC64NVME).toBe(ChecksumCRC64NVME);
  });

  it('of type COMPOSITE is made of the checksums of the parts, and Complete must repeat them', async () => {
    const upload = await createUpload(byDefault, 'composite', { ChecksumAlgorithm: 'SHA256' });
    const parts = [];
    for (const [index, Body] of pieces.entries()) {
      const sent = { ...upload, PartNumber: index + 1, Body, ChecksumAlgorithm: 'SHA256' } as const;
      const { ETag, ChecksumSHA256 } = await byDefault.send(new UploadPartCommand(sent));
      parts.push({ PartNumber: index + 1, ETag, ChecksumSHA256 });
    }
    const listed = await s3.send(new ListPartsCommand(upload));
    expect(listed).toMatchObject({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' });
    expect(listed.Parts!.map((part) => part.ChecksumSHA256)).toEqual(parts.map((part) => part.ChecksumSHA256));
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    expect(await refusal(complete(s3, upload, bare))).toBe('InvalidRequest 400');
    const digests = pieces.map((piece) => createHash('sha256').update(piece).digest());
    const value = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
    const answer = await complete(s3, upload, parts);
    expect(answer).toMatchObject({ ChecksumSHA256: `${value}-3`, ChecksumType: 'COMPOSITE' });
    const part = await byDefault.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'composite', PartNumber: 2 }));
    expect(Buffer.from(await part.Body!.transformToByteArray()).equals(pieces[1]!)).toBe(true);
  });

  it('must have a type that its algorithm allows, and the algorithm of the parts', async () => {
    const sha = createUpload(s3, 'x', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' });
    expect(await refusal(sha)).toBe('InvalidRequest 400');
    const crc = createUpload(s3, 'x', { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' });
    expect(await refusal(crc)).toBe('InvalidRequest 400');
    const upload = await createUpload(s3, 'x', { ChecksumAlgorithm: 'SHA256' });
    expect(await refusal(sendPart(byDefault, upload, 1, body))).toBe('InvalidRequest 400');
  });
});

describe('a checksum that nobody asked for', () => {
  const pieces = [bytesOf(2000, 1), bytesOf(30, 2)];
  const whole = Buffer.concat(pieces);

  it('is the CRC-64/NVME of the whole object, whether it was written in one request or in parts', async () => {
    const ChecksumCRC64NVME = await checksumOf('CRC64NVME', whole);
    const put = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'unasked-put', Body: whole }));
    expect(put).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    const upload = await createUpload(s3, 'unasked-parts');
    const parts = [];
    for (const [index, piece] of pieces.entries()) parts.push(await sendPart(s3, upload, index + 1, piece));
    expect(parts[1]!.ChecksumCRC64NVME).toBe(await checksumOf('CRC64NVME', pieces[1]!));
    expect(await complete(s3, upload, parts)).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    for (const Key of ['unasked-put', 'unasked-parts']) {
      const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
      const bare = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
      expect(bare.ChecksumCRC64NVME).toBeUndefined();
    }
  });

  it('is also computed for parts that came with another checksum, and for copied objects', async () => {
    const upload = await createUpload(s3, 'mixed');
    const sent = { ...upload, PartNumber: 1, Body: whole, ChecksumAlgorithm: 'CRC32' } as const;
    const { ETag, ChecksumCRC64NVME } = await byDefault.send(new UploadPartCommand(sent));
    expect(ChecksumCRC64NVME).toBeUndefined();
    const made = await complete(s3, upload, [{ PartNumber: 1, ETag }]);
    expect(made.ChecksumCRC64NVME).toBe(await checksumOf('CRC64NVME', whole));
    const copy = { Bucket: BUCKET, Key: 'mixed-copy', CopySource: `${BUCKET}/mixed` };
    expect((await s3.send(new CopyObjectCommand(copy))).CopyObjectResult).toMatchObject({
      ChecksumCRC64NVME: made.ChecksumCRC64NVME,
    });
  });

  it('does not replace a checksum that was asked for', async () => {
    const put = { Bucket: BUCKET, Key: 'asked', Body: whole, ChecksumAlgorithm: 'CRC32' } as const;
    await byDefault.send(new PutObjectCommand(put));
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'asked', ChecksumMode: 'ENABLED' }));
    expect([head.ChecksumCRC32, head.ChecksumCRC64NVME]).toEqual([await checksumOf('CRC32', whole), undefined]);
  });

  it('is left out by a store that keeps only the checksums that clients send', async () => {
    const { s3: other } = await freshStore({ checksumByDefault: false });
    const put = await other.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'put', Body: whole }));
    const upload = await createUpload(other, 'parts');
    const made = await complete(other, upload, [await sendPart(other, upload, 1, whole)]);
    expect([put.ChecksumCRC64NVME, made.ChecksumCRC64NVME, made.ChecksumType]).toEqual(Array(3).fill(undefined));
  });
});
