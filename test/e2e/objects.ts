import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { MiB } from '../../functions/transfer/values/sizes.ts';

/** How much the transfers between stores move; docs/benchmarks.md has the run with 1 GiB. */
export const OBJECT_BYTES = Number(process.env.PARTWAY_E2E_BYTES ?? 40 * MiB) + 12_345;

/** Puts pseudo-random bytes, and gives their SHA-256. */
export async function putObject(client: S3Client, bucket: string, key: string, bytes = OBJECT_BYTES): Promise<string> {
  const hash = createHash('sha256');
  const body = (function* () {
    for (let sent = 0; sent < bytes; sent += MiB) {
      const chunk = createHash('shake256', { outputLength: Math.min(MiB, bytes - sent) })
        .update(`${key} ${sent}`)
        .digest();
      hash.update(chunk);
      yield chunk;
    }
  })();
  await new Upload({
    client,
    params: { Bucket: bucket, Key: key, Body: Readable.from(body, { objectMode: false }) },
    partSize: 16 * MiB,
  }).done();
  return hash.digest('hex');
}

export async function sha256At(client: S3Client, bucket: string, key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const hash = createHash('sha256');
  for await (const chunk of Body as Readable) hash.update(chunk);
  return hash.digest('hex');
}

export async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error) => {
    if (error?.name !== 'BucketAlreadyOwnedByYou') throw error;
  });
}
