import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadBucketCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { TransferError } from '../../transfer/errors.ts';
import type { ObjectFacts } from '../../transfer/transfer.ts';
import { crc32FromBase64 } from '../../transfer/values/checksums.ts';
import { archiveHint } from './archived.ts';
import { asStored } from './as-stored.ts';
import { type Head, headCommand, publishedCrcs } from './checksums.ts';
import { statusOf } from './status.ts';
import type { S3Store } from './target.ts';
import { isDeleteMarker } from './wrong-region.ts';

const TOLD_BYTES_MAX = 1024;

export type ObjectName = { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };

/**
 * What HEAD says about an object. `undefined`: there is no such object. Throws NoSuchBucket, Refused, Unreachable, and
 * SourceMissing if a source was deleted: its newest version, or the one that was asked for, is a delete marker.
 */
export async function inspectObject(
  store: S3Store,
  name: ObjectName,
  { what, isSource }: { readonly what: string; readonly isSource: boolean },
): Promise<ObjectFacts | undefined> {
  const head = await store.ask({ what: `HEAD ${what}` }, async () => {
    try {
      return await headObject(store, name).catch((error) => {
        if (!isRefusal(error) || isDeleteMarker(error)) throw error;
        return headAfterRefusal(store, name);
      });
    } catch (error) {
      if (isSource && isDeleteMarker(error)) throw deleted(name, what, error);
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
  if (head) return factsOf(head, store, what);
  await mustHaveBucket(store, name.bucket, what);
  return undefined;
}

/** AWS answers 405 for a marker that was asked for by its id, and 404 if the newest version is one. */
function deleted({ versionId }: ObjectName, what: string, cause: unknown): TransferError {
  const message =
    versionId === undefined
      ? `${what} was deleted: its newest version is a delete marker. To copy an older version, ask for it with \`source.versionId\`.`
      : `Version ${versionId} of ${what} is a delete marker: it says that the object was deleted, and has no bytes.`;
  return new TransferError('SourceMissing', message, { cause });
}

/** Asks for checksums, unless the store is known to refuse them. If a store answers 400, asks again without them. */
async function headObject({ client, profile }: S3Store, { bucket, key, versionId }: ObjectName): Promise<Head> {
  const name = { Bucket: bucket, Key: key, VersionId: versionId };
  const head = async (mode: { ChecksumMode?: 'ENABLED' }) => {
    const { command, headed } = headCommand({ ...name, ...mode }, profile.ownChecksum);
    const told = headed(await client.send(command));
    if (told.output.ContentLength !== undefined) return told;
    const stored = headCommand({ ...name, ...mode }, profile.ownChecksum);
    return stored.headed(await client.send(asStored(stored.command)));
  };
  if (profile.checksumHeaders === 'refused') return head({});
  return head({ ChecksumMode: 'ENABLED' }).catch((error) => {
    if (statusOf(error) !== 400) throw error;
    return head({});
  });
}

/**
 * Whether HEAD was refused. In most cases that is a 403. AWS answers 400 for an expired token, and KS3 for a throttle. A
 * redirect says in its body where the bucket is, and 405 that the version is a delete marker.
 */
function isRefusal(error: unknown): boolean {
  return [301, 302, 307, 308, 400, 403, 405].includes(statusOf(error) ?? 0);
}

/**
 * An answer to HEAD has no body, so it has no error code. We ask for one byte with GET, since its refusal has the
 * reason. If GET succeeds, HEAD was throttled for a moment (Wasabi answers 403 for that), or only HEAD is refused.
 */
async function headAfterRefusal(store: S3Store, name: ObjectName): Promise<Head> {
  const { bucket, key, versionId } = name;
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: 'bytes=0-0' });
  try {
    const { Body } = await store.client.send(command);
    (Body as Readable).destroy();
  } catch (error) {
    if (statusOf(error) !== 416) throw error; // an empty object has no byte to read
  }
  return headObject(store, name);
}

/**
 * Throws NoSuchBucket. An answer to HEAD has no body, so a missing key and a missing bucket look the same until we ask
 * for the bucket.
 */
async function mustHaveBucket({ client, profile, ask }: S3Store, bucket: string, what: string): Promise<void> {
  await ask({ what: `HEAD bucket of ${what}` }, async () => {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    } catch (error) {
      if ([404, profile.missingBucketStatus].includes(statusOf(error) ?? 0))
        throw new TransferError('NoSuchBucket', `There is no bucket "${bucket}" (for ${what}).`, { cause: error });
      // These credentials may use objects, but may not ask for the bucket. We assume that the bucket is there.
      if (statusOf(error) !== 403) throw error;
    }
  });
}

function factsOf(answer: Head, { profile }: S3Store, what: string): ObjectFacts {
  const { output: head } = answer;
  if (head.ContentLength === undefined)
    throw new TransferError(
      'InvalidRequest',
      `HEAD ${what}: the answer has no Content-Length, with and without "Accept-Encoding: gzip". A store that unpacks or packs objects on their way cannot be copied from in parts.`,
    );
  if (!Number.isSafeInteger(head.ContentLength))
    throw new TransferError(
      'TooLarge',
      `HEAD ${what}: the answer says that the object has ${head.ContentLength} bytes.`,
    );
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
    crcs: publishedCrcs(answer, profile.ownChecksum),
    headers: {
      contentType: head.ContentType,
      cacheControl: head.CacheControl,
      contentDisposition: head.ContentDisposition,
      contentEncoding: head.ContentEncoding,
      contentLanguage: head.ContentLanguage,
      expires: head.ExpiresString,
    },
    metadata: head.Metadata ?? {},
    metadataUntold: head.MissingMeta,
    storageClass: head.StorageClass,
    archived: archiveHint(head),
    encryption: head.ServerSideEncryption,
    tagCount: head.TagCount,
    others: othersOf(head),
  };
}

/**
 * Attributes that Partway does not carry, since they belong to the place of the object: a lock, a redirect of a
 * website.
 */
function othersOf(head: HeadObjectCommandOutput): string[] | undefined {
  const found = {
    'website redirect': head.WebsiteRedirectLocation,
    'object lock': head.ObjectLockMode ?? (head.ObjectLockLegalHoldStatus === 'ON' ? 'ON' : undefined),
  };
  const names = Object.entries(found).flatMap(([name, value]) => (value === undefined ? [] : name));
  return names.length === 0 ? undefined : names;
}

/**
 * Removes the quotes around an ETag. Some stores send no quotes, and Ceph sends two quotes with nothing between them.
 */
export function bareEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '') || undefined;
}

/**
 * A key, an id or an ETag as a store tells it. No store has one of more than 1,024 bytes, and DynamoDB takes no longer
 * ones in its keys. Throws Unreachable.
 */
export function shortTold(text: string | undefined, what: string): string | undefined {
  if (Buffer.byteLength(text ?? '') <= TOLD_BYTES_MAX) return text;
  throw new TransferError(
    'Unreachable',
    `${what}: the answer has a key, an id or an ETag of ${Buffer.byteLength(text ?? '')} bytes. S3 has at most ${TOLD_BYTES_MAX}.`,
  );
}
