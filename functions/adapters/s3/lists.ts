import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { OpenUpload, OpenUploads, PartAtTarget, UploadMarkers } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import { readingAnyDate } from './dates.ts';
import { bareEtag } from './facts.ts';
import { goneUpload } from './failure.ts';
import { statusOf } from './status.ts';
import type { S3Store } from './target.ts';

// We send the page size in every request. QingStor's default is 200, while that of AWS is 1,000. Larger pages only take
// longer.
const ROWS_A_PAGE_MAX = 1000;
const rowsAPage = ({ listRows }: ProviderProfile) => Math.min(ROWS_A_PAGE_MAX, listRows.max);

/**
 * The parts on all pages. `undefined`: the store answers that it has no such operation. Throws Unreachable if the
 * marker does not move, since we would ask for ever.
 */
export async function listParts(
  { client, ask, profile }: S3Store,
  target: ObjectAddress,
  uploadId: string,
): Promise<PartAtTarget[] | undefined> {
  const what = `List the parts of ${targetName(target)}`;
  const upload = { Bucket: target.bucket, Key: target.key, UploadId: uploadId, MaxParts: rowsAPage(profile) };
  const parts: PartAtTarget[] = [];
  for (let marker = 0; ; ) {
    const command = readingAnyDate(new ListPartsCommand({ ...upload, PartNumberMarker: String(marker) }));
    const page = await ask({ what, means: goneUpload }, () => ifImplemented(client.send(command)));
    if (!page) return undefined;
    for (const { PartNumber = 0, Size = 0, ETag } of page.Parts ?? []) {
      parts.push({ partNumber: PartNumber, bytes: Size, etag: bareEtag(ETag) ?? '' });
    }
    if (!page.IsTruncated) return parts;
    // We take the number of the last part on the page as the marker, since stores differ in how they name it. It must
    // grow with every page.
    const next = page.Parts?.at(-1)?.PartNumber ?? 0;
    if (next <= marker) throw stuck(what);
    marker = next;
  }
}

/**
 * The uploads on all pages, by the two markers that S3 has for them. `undefined`: the store answers that it has no such
 * operation.
 */
export async function listUploads(store: S3Store, bucket: string, prefix: string): Promise<OpenUpload[] | undefined> {
  const uploads: OpenUpload[] = [];
  for (let from: UploadMarkers | undefined = {}; from; ) {
    const page: OpenUploads | undefined = await uploadsPage(store, bucket, prefix, from);
    if (!page) return undefined;
    uploads.push(...page.uploads);
    from = page.next;
  }
  return uploads;
}

export async function uploadsPage(
  { client, ask, profile }: S3Store,
  bucket: string,
  prefix: string,
  { keyMarker, uploadIdMarker }: UploadMarkers,
): Promise<OpenUploads | undefined> {
  const what = `List the uploads of ${bucket}/${prefix}`;
  const pageOf = { Bucket: bucket, Prefix: prefix, MaxUploads: rowsAPage(profile) };
  const from = { KeyMarker: keyMarker, UploadIdMarker: uploadIdMarker };
  const command = readingAnyDate(new ListMultipartUploadsCommand({ ...pageOf, ...from }));
  const page = await ask({ what }, () => ifImplemented(client.send(command)));
  if (!page) return undefined;
  // An upload without a date counts as new. The sweep may abort an upload only if it knows that it is old.
  const uploads = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => {
    return { key: Key, uploadId: UploadId, initiatedAtMs: Initiated?.getTime() ?? Number.POSITIVE_INFINITY };
  });
  if (!page.IsTruncated) return { uploads, next: undefined };
  const next = { keyMarker: page.NextKeyMarker, uploadIdMarker: page.NextUploadIdMarker };
  if (next.keyMarker === keyMarker && next.uploadIdMarker === uploadIdMarker) throw stuck(what);
  return { uploads, next };
}

/**
 * R2's simulator answers 501 NotImplemented, and other stores answer 405 MethodNotAllowed. This is a fact about the
 * store, not a failure, so it becomes `undefined`.
 */
async function ifImplemented<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error) => {
    if ([405, 501].includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  });
}

function stuck(what: string): TransferError {
  return new TransferError(
    'Unreachable',
    `${what}: the store says that the list goes on, but sends the same page again.`,
  );
}
