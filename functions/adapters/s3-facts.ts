import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { crc32FromBase64 } from '../transfer/checksums.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ObjectFacts } from '../transfer/transfer.ts';
import { doing } from './s3-failure.ts';

export type ObjectName = { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };

/** HEAD, in our words; `undefined` when there is no such object. Throws NoSuchBucket, Refused, Unreachable. */
export async function inspectObject(
  client: S3Client,
  { bucket, key, versionId }: ObjectName,
  what: string,
): Promise<ObjectFacts | undefined> {
  const head = await doing({ what: `HEAD ${what}` }, async () => {
    try {
      return await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ChecksumMode: 'ENABLED' }),
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw statusOf(error) === 403 ? await withItsCode(client, { bucket, key, versionId }, error) : error;
    }
  });
  if (head) return factsOf(head, what);
  await mustHaveBucket(client, bucket, what);
  return undefined;
}

/** An answer to HEAD has no body, hence no code: one byte asked for by GET is refused with the reason in words. */
async function withItsCode(
  client: S3Client,
  { bucket, key, versionId }: ObjectName,
  refused: unknown,
): Promise<unknown> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: 'bytes=0-0' });
  return client.send(command).then(
    ({ Body }) => {
      (Body as Readable).destroy();
      return refused; // who may read but not look is refused all the same
    },
    (error) => (statusOf(error) === 403 ? error : refused),
  );
}

/** An answer to HEAD has no body, so a missing key and a missing bucket look alike until the bucket is asked. */
async function mustHaveBucket(client: S3Client, bucket: string, what: string): Promise<void> {
  await doing({ what: `HEAD bucket of ${what}` }, async () => {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    } catch (error) {
      if (statusOf(error) === 404)
        throw new TransferError('NoSuchBucket', `There is no bucket "${bucket}" (for ${what}).`, { cause: error });
      // Who may touch objects need not be allowed to ask for the bucket.
      if (statusOf(error) !== 403) throw error;
    }
  });
}

function factsOf(head: HeadObjectCommandOutput, what: string): ObjectFacts {
  if (head.ContentLength === undefined)
    throw new TransferError('Unreachable', `HEAD ${what}: the answer has no Content-Length.`);
  const fullCrc =
    head.ChecksumType === 'FULL_OBJECT' && head.ChecksumCRC32 !== undefined
      ? crc32FromBase64(head.ChecksumCRC32)
      : undefined;
  return {
    bytes: head.ContentLength,
    etag: bareEtag(head.ETag),
    modified: head.LastModified?.toUTCString(),
    versionId: head.VersionId,
    crc32: fullCrc,
    headers: {
      contentType: head.ContentType,
      cacheControl: head.CacheControl,
      contentDisposition: head.ContentDisposition,
      contentEncoding: head.ContentEncoding,
      contentLanguage: head.ContentLanguage,
    },
    metadata: head.Metadata ?? {},
  };
}

/** ETags travel in quotes; some stores leave them out, and Ceph sends two quotes with nothing between. */
export function bareEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '') || undefined;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
