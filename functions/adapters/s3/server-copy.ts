import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import type { CopySource, ObjectWrite, PartWrite, WriteAnswer } from '../../transfer/at-stores.ts';
import type { ByteRange } from '../../transfer/plan.ts';
import { targetName } from '../../transfer/transfer.ts';
import { withAsked } from './added-headers.ts';
import { attributesOf, bucketAndKey, type S3Store, writeAnswer } from './target.ts';

/**
 * The source was there when it was planned, so if it is missing now, it has changed. We do not translate NoSuchKey: it
 * may be about the source, and it is Ceph's word for a lost upload.
 */
const means = {
  PreconditionFailed: 'SourceChanged',
  412: 'SourceChanged',
  NoSuchVersion: 'SourceChanged',
  NoSuchUpload: 'UploadLost',
} as const;

type PartCopy = { readonly part: PartWrite; readonly source: CopySource; readonly range: ByteRange | undefined };

/** UploadPartCopy: a range of an object of the same store becomes a part. */
export async function copyPart(
  { client, ask }: S3Store,
  { part: { target, uploadId, partNumber }, source, range }: PartCopy,
  signal: AbortSignal,
): Promise<WriteAnswer> {
  const what = `Copy part ${partNumber} of ${targetName(target)} in the store`;
  const command = new UploadPartCopyCommand({
    ...bucketAndKey(target),
    ...from(source),
    UploadId: uploadId,
    PartNumber: partNumber,
    ...(range && { CopySourceRange: `bytes=${range.first}-${range.last}` }),
  });
  // The SDK throws for an error inside a 200. If it does not, the answer has no ETag.
  const { CopyPartResult, ...answer } = await ask({ what, means, partNumber }, () =>
    client.send(command, { abortSignal: signal }),
  );
  return writeAnswer({ ...answer, ETag: CopyPartResult?.ETag }, what);
}

/** CopyObject. All attributes come from `write`, which contains those of the source already. */
export async function copyObject(
  { client, profile, ask }: S3Store,
  write: ObjectWrite,
  source: CopySource,
  signal: AbortSignal,
): Promise<WriteAnswer> {
  const what = `Copy ${targetName(write.target)} in the store`;
  const command = new CopyObjectCommand({
    ...bucketAndKey(write.target),
    ...attributesOf(write),
    ...from(source),
    MetadataDirective: 'REPLACE',
    // Without this, the store would also copy the tags of the source. A stream would not, and tags need a permission of
    // their own.
    ...(profile.takesTags && { TaggingDirective: 'REPLACE' as const }),
  });
  const { CopyObjectResult, ...answer } = await ask({ what, means }, () =>
    client.send(withAsked(write, command), { abortSignal: signal }),
  );
  return writeAnswer({ ...answer, ETag: CopyObjectResult?.ETag }, what);
}

/**
 * In this header a key is percent-encoded, also "+", since some stores read "+" as a space. Slashes stay, as in a URL.
 */
function from({ bucket, key, versionId, etag }: CopySource) {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return {
    CopySource: `${bucket}/${path}${version}`,
    ...(etag !== undefined && { CopySourceIfMatch: `"${etag}"` }),
  };
}
