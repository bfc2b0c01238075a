import { ListMultipartUploadsCommand, ListPartsCommand, type Part } from '@aws-sdk/client-s3';
import type { OpenUpload, OpenUploads, PartAtTarget, UploadMarkers } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import { bareEtag, shortTold } from './facts.ts';
import { goneUpload } from './failure.ts';
import { statusOf } from './status.ts';
import type { S3Store } from './target.ts';

// We send the page size in every request. QingStor's default is 200, while that of AWS is 1,000. Larger pages only take
// longer.
const ROWS_A_PAGE_MAX = 1000;
// A bucket with a million uploads in progress has so many pages. Nobody waits for more.
const PAGES_MAX = 1000;
const PART_NUMBER_MAX = 10_000; // in S3; no kind of store has more
const rowsAPage = ({ listRows }: ProviderProfile) => Math.min(ROWS_A_PAGE_MAX, listRows.max);

/**
 * The parts on all pages. `undefined`: the store answers that it has no such operation. Throws Unreachable for a list
 * that cannot be true: a part that cannot exist, or a page that does not lead forward.
 */
export async function listParts(
  { client, ask, profile }: S3Store,
  target: ObjectAddress,
  uploadId: string,
): Promise<PartAtTarget[] | undefined> {
  const what = `List the parts of ${targetName(target)}`;
  const upload = { Bucket: target.bucket, Key: target.key, UploadId: uploadId, MaxParts: rowsAPage(profile) };
  const parts: PartAtTarget[] = [];
  let marker = 0;
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const command = new ListPartsCommand({ ...upload, PartNumberMarker: String(marker) });
    const page = await ask({ what, means: goneUpload }, () => ifImplemented(client.send(command)));
    if (!page) return undefined;
    for (const row of rowsOf(page.Parts, what)) parts.push(partOf(row, what));
    if (parts.length > PART_NUMBER_MAX) throw impossible(what, `has more than ${PART_NUMBER_MAX} parts`);
    if (!page.IsTruncated) return parts;
    // We take the number of the last part on the page as the marker, since stores differ in how they name it. It must
    // grow with every page.
    const next = parts.at(-1)?.partNumber ?? 0;
    if (next <= marker) throw impossible(what, 'goes on, but sends the same page again');
    marker = next;
  }
  throw impossible(what, `has more than ${PAGES_MAX} pages`);
}

function partOf({ PartNumber = 0, Size = 0, ETag }: Part, what: string): PartAtTarget {
  if (!Number.isInteger(PartNumber) || PartNumber < 1 || PartNumber > PART_NUMBER_MAX)
    throw impossible(what, `has a part with the number ${PartNumber}`);
  if (!Number.isSafeInteger(Size) || Size < 0) throw impossible(what, `has a part of ${Size} bytes`);
  return { partNumber: PartNumber, bytes: Size, etag: bareEtag(shortTold(ETag, what)) ?? '' };
}

/**
 * The uploads on all pages, by the two markers that S3 has for them. `undefined`: the store answers that it has no such
 * operation.
 */
export async function listUploads(store: S3Store, bucket: string, prefix: string): Promise<OpenUpload[] | undefined> {
  const uploads: OpenUpload[] = [];
  let from: UploadMarkers | undefined = {};
  for (let pages = 1; from; pages += 1) {
    if (pages > PAGES_MAX) throw impossible(listOf(bucket, prefix), `has more than ${PAGES_MAX} pages`);
    const page: OpenUploads | undefined = await uploadsPage(store, bucket, prefix, from);
    if (!page) return undefined;
    uploads.push(...page.uploads);
    from = page.next;
  }
  return uploads;
}

/**
 * One page of them. Throws Unreachable if the next page does not come after this one, since a list that goes in a circle
 * has no end.
 */
export async function uploadsPage(
  { client, ask, profile }: S3Store,
  bucket: string,
  prefix: string,
  { keyMarker, uploadIdMarker }: UploadMarkers,
): Promise<OpenUploads | undefined> {
  const what = listOf(bucket, prefix);
  const pageOf = { Bucket: bucket, Prefix: prefix, MaxUploads: rowsAPage(profile) };
  const from = { KeyMarker: keyMarker, UploadIdMarker: uploadIdMarker };
  const page = await ask({ what }, () =>
    ifImplemented(client.send(new ListMultipartUploadsCommand({ ...pageOf, ...from }))),
  );
  if (!page) return undefined;
  // An upload without a date counts as new. The sweep may abort an upload only if it knows that it is old.
  const uploads = rowsOf(page.Uploads, what).map(({ Key, UploadId, Initiated }) => ({
    key: shortTold(Key, what) ?? '',
    uploadId: shortTold(UploadId, what) ?? '',
    initiatedAtMs: Initiated?.getTime() ?? Number.POSITIVE_INFINITY,
  }));
  if (!page.IsTruncated) return { uploads, next: undefined };
  const next = {
    keyMarker: shortTold(page.NextKeyMarker, what),
    uploadIdMarker: shortTold(page.NextUploadIdMarker, what),
  };
  if (!isAfter(next, { keyMarker, uploadIdMarker })) throw impossible(what, 'goes on, but does not go forward');
  return { uploads, next };
}

function listOf(bucket: string, prefix: string): string {
  return `List the uploads of ${bucket}/${prefix}`;
}

/** Keys are ordered by their bytes. The ids of the uploads of one key have an order of the store's own. */
function isAfter(next: UploadMarkers, from: UploadMarkers): boolean {
  const order = Buffer.compare(Buffer.from(next.keyMarker ?? ''), Buffer.from(from.keyMarker ?? ''));
  return order > 0 || (order === 0 && next.keyMarker !== undefined && next.uploadIdMarker !== from.uploadIdMarker);
}

function rowsOf<T>(rows: T[] | undefined, what: string): T[] {
  if ((rows?.length ?? 0) <= ROWS_A_PAGE_MAX) return rows ?? [];
  throw impossible(what, `has a page of more than ${ROWS_A_PAGE_MAX} rows`);
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

function impossible(what: string, says: string): TransferError {
  return new TransferError('Unreachable', `${what}: the store says that the list ${says}.`);
}
