import type { Readable } from 'node:stream';
import { GetObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectFacts } from '../../transfer/transfer.ts';
import type { ObjectName } from './facts.ts';
import { nameOf } from './failure.ts';
import type { S3Store } from './target.ts';

// The names of archive classes at S3 and other providers: Archive and ColdArchive (OSS), COLD (OBS), DEEP_COLD_ARCHIVE
// (KS3), ARCHIVE_FR (TOS).
const ARCHIVE_CLASS = /GLACIER|ARCHIVE|COLD/i;

/**
 * Why an object probably cannot be read, as far as HEAD tells: its class, the archive tier to which INTELLIGENT_TIERING
 * has moved it, or a restore that has not ended. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 * Some objects of such a class can be read all the same: GLACIER_IR and Google's ARCHIVE always, OSS if the bucket has
 * real-time access. `stillArchived` finds out.
 */
export function archiveHint({ StorageClass, ArchiveStatus, Restore = '' }: HeadObjectCommandOutput) {
  const isRestored = Restore.includes('ongoing-request="false"');
  if (isRestored || !(ArchiveStatus || ARCHIVE_CLASS.test(StorageClass ?? ''))) return undefined;
  const restore = Restore.includes('ongoing-request="true"')
    ? 'its restore has not ended yet'
    : 'must be restored first';
  return `it is archived (${[StorageClass, ArchiveStatus].filter(Boolean).join(', ')}), and ${restore}`;
}

/**
 * Tries to read one byte. Returns the hint if the store refuses that because the object is archived. Throws any other
 * error.
 */
export async function stillArchived(
  { client, profile, ask }: S3Store,
  { bucket, key, versionId }: ObjectName,
  { archived, bytes }: ObjectFacts,
): Promise<string | undefined> {
  if (archived === undefined || bytes === 0) return undefined;
  const oneByte = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: 'bytes=0-0' });
  return ask({ what: `GET ${bucket}/${key} bytes 0-0` }, async () => {
    try {
      const { Body } = await client.send(oneByte);
      (Body as Readable).destroy();
      return undefined;
    } catch (error) {
      if (nameOf(error, profile.errorCodes) !== 'NotAllowed') throw error;
      return archived;
    }
  });
}
