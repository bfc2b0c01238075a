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
import type { ProviderProfile } from '../transfer/provider.ts';
import type { ObjectFacts } from '../transfer/transfer.ts';
import { type Ask, doing } from './s3-failure.ts';

export type ObjectName = { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };

/** HEAD, in our words; `undefined` when there is no such object. Throws NoSuchBucket, Refused, Unreachable. */
export async function inspectObject(
  client: S3Client,
  name: ObjectName,
  what: string,
  ask: Ask = doing,
  known: Pick<ProviderProfile, 'sdkStatuses'> = {},
): Promise<ObjectFacts | undefined> {
  const head = await ask({ what: `HEAD ${what}` }, async () => {
    try {
      return await headObject(client, name);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      if (isRefusal(error)) return headAfterRefusal(client, name);
      throw error;
    }
  });
  if (head) return factsOf(head, what);
  await mustHaveBucket(client, name.bucket, what, { ask, goneStatuses: goneStatuses(known) });
  return undefined;
}

/** Backblaze B2 answers 400 to whoever asks for checksums (boto/s3transfer #327), so it is asked again without. */
async function headObject(client: S3Client, { bucket, key, versionId }: ObjectName): Promise<HeadObjectCommandOutput> {
  const name = { Bucket: bucket, Key: key, VersionId: versionId };
  return client.send(new HeadObjectCommand({ ...name, ChecksumMode: 'ENABLED' })).catch((error) => {
    if (statusOf(error) !== 400) throw error;
    return client.send(new HeadObjectCommand(name));
  });
}

/** Said with 403 mostly; an expired token (AWS) or a throttle (KS3) also with 400. */
function isRefusal(error: unknown): boolean {
  return [400, 403].includes(statusOf(error) ?? 0);
}

/**
 * An answer to HEAD has no body, hence no code: one byte asked for by GET is refused with the reason in words. Where GET
 * is answered, the refusal was a throttle that has passed (Wasabi says it with 403), or is meant for HEAD alone.
 */
async function headAfterRefusal(client: S3Client, name: ObjectName): Promise<HeadObjectCommandOutput | undefined> {
  const { bucket, key, versionId } = name;
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: 'bytes=0-0' });
  try {
    const { Body } = await client.send(command);
    (Body as Readable).destroy();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    if (statusOf(error) !== 416) throw error; // of an empty object no byte can be had
  }
  return headObject(client, name);
}

/** An answer to HEAD has no body, so a missing key and a missing bucket look alike until the bucket is asked. */
async function mustHaveBucket(
  client: S3Client,
  bucket: string,
  what: string,
  { ask, goneStatuses }: { readonly ask: Ask; readonly goneStatuses: readonly number[] },
): Promise<void> {
  await ask({ what: `HEAD bucket of ${what}` }, async () => {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    } catch (error) {
      if (goneStatuses.includes(statusOf(error) ?? 0))
        throw new TransferError('NoSuchBucket', `There is no bucket "${bucket}" (for ${what}).`, { cause: error });
      // Who may touch objects need not be allowed to ask for the bucket.
      if (statusOf(error) !== 403) throw error;
    }
  });
}

/** UCloud US3 says it with a 400, which means nothing else here: the same signature was just taken. */
function goneStatuses({ sdkStatuses = [] }: Pick<ProviderProfile, 'sdkStatuses'>): number[] {
  return [404, ...sdkStatuses.flatMap(({ when, status }) => (when === 'missing bucket' && status ? [status] : []))];
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
