import { GetObjectAttributesCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import {
  BUCKET,
  bytesOf,
  clientOf,
  complete,
  createUpload,
  freshStore,
  MiB,
  md5,
  put,
  putInParts,
  refusal,
  sendPart,
} from './running-store.ts';

const { s3, url } = await freshStore();
const bodies = [bytesOf(5 * MiB, 1), bytesOf(5 * MiB, 2), bytesOf(70_000, 3)];
const whole = Buffer.concat(bodies);

describe('an object that was uploaded in parts', () => {
  it('can be read part by part, and each answer has the number of parts', async () => {
    await putInParts(s3, 'parts', bodies);
    const second = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'parts', PartNumber: 2 }));
    expect(second).toMatchObject({ PartsCount: 3, ContentRange: `bytes ${5 * MiB}-${10 * MiB - 1}/${whole.length}` });
    expect(md5(Buffer.from(await second.Body!.transformToByteArray()))).toBe(md5(bodies[1]!));
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'parts', PartNumber: 3 }));
    expect(head).toMatchObject({ PartsCount: 3, ContentLength: 70_000 });
    const fourth = s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'parts', PartNumber: 4 }));
    expect(await refusal(fourth)).toBe('InvalidPartNumber 416');
  });

  it('can be read by ranges that span several parts', async () => {
    await putInParts(s3, 'borders', bodies);
    const Range = `bytes=${5 * MiB - 3}-${10 * MiB + 2}`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'borders', Range }));
    const read = Buffer.from(await Body!.transformToByteArray());
    expect(read.equals(whole.subarray(5 * MiB - 3, 10 * MiB + 3))).toBe(true);
  });

  it('has its parts among its attributes', async () => {
    const client = clientOf(url, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
    const upload = await createUpload(client, 'attributes', { ChecksumAlgorithm: 'CRC32' });
    const parts = [
      await sendPart(client, upload, 1, bytesOf(2000, 1)),
      await sendPart(client, upload, 2, bytesOf(9, 2)),
    ];
    await complete(client, upload, parts);
    const asked = new GetObjectAttributesCommand({
      Bucket: BUCKET,
      Key: 'attributes',
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'],
    });
    const answer = await client.send(asked);
    expect(answer).toMatchObject({
      ObjectSize: 2009,
      StorageClass: 'STANDARD',
      Checksum: { ChecksumType: 'COMPOSITE' },
    });
    expect(answer.ETag).toMatch(/^[0-9a-f]{32}-2$/);
    expect(answer.ObjectParts!.TotalPartsCount).toBe(2);
    const rows = parts.map(({ PartNumber, ChecksumCRC32 }, index) => ({
      PartNumber,
      ChecksumCRC32,
      Size: [2000, 9][index],
    }));
    expect(answer.ObjectParts!.Parts).toEqual(rows);
  });

  it('can be read to its end by a reader who began before it was overwritten', async () => {
    await putInParts(s3, 'overwritten', bodies);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'overwritten' }));
    await put(s3, 'overwritten', 'new');
    expect(md5(Buffer.from(await Body!.transformToByteArray()))).toBe(md5(whole));
    const after = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'overwritten' }));
    expect(await after.Body!.transformToString()).toBe('new');
  });
});
