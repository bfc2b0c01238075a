import { StoreError } from './errors.ts';

/** The object that a condition is compared with. */
type Stamp = { readonly etag: string; readonly modified: Date };

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * RFC 9110, section 13.2.2, as S3 applies it: if a request has an entity tag and a date, only the entity tag counts.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function checkReadConditions(headers: Headers, stamp: Stamp): void {
  if (!matches(headers['if-match'], headers['if-unmodified-since'], stamp)) throw new StoreError('PreconditionFailed');
  if (!differs(headers['if-none-match'], headers['if-modified-since'], stamp)) {
    throw new StoreError('NotModified', {
      headers: { etag: stamp.etag, 'last-modified': stamp.modified.toUTCString() },
    });
  }
}

/** The four x-amz-copy-source-if-* headers. A copy has no 304, so each of them fails with 412. */
export function checkCopyConditions(headers: Headers, stamp: Stamp): void {
  const named = (name: string) => headers[`x-amz-copy-source-if-${name}`];
  const holds =
    matches(named('match'), named('unmodified-since'), stamp) &&
    differs(named('none-match'), named('modified-since'), stamp);
  if (!holds) throw new StoreError('PreconditionFailed');
}

/** A write may require that no object is there yet (If-None-Match: *), or still the object that it knows (If-Match). */
export function checkWriteConditions(headers: Headers, present: { readonly etag: string } | undefined): void {
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch !== '*') throw new StoreError('NotImplemented');
  if (noneMatch === '*' && present !== undefined) throw new StoreError('PreconditionFailed');
  const match = headers['if-match'];
  if (match === undefined) return;
  // S3 gives different answers if the object is gone and if another one has replaced it.
  if (present === undefined) throw new StoreError('NoSuchKey');
  if (!listsEtag(match, present.etag)) throw new StoreError('PreconditionFailed');
}

function matches(etags: string | undefined, unmodifiedSince: string | undefined, stamp: Stamp): boolean {
  if (etags !== undefined) return listsEtag(etags, stamp.etag);
  const since = parseHttpDate(unmodifiedSince);
  return since === undefined || seconds(stamp.modified) <= seconds(since);
}

function differs(etags: string | undefined, modifiedSince: string | undefined, stamp: Stamp): boolean {
  if (etags !== undefined) return !listsEtag(etags, stamp.etag);
  const since = parseHttpDate(modifiedSince);
  return since === undefined || seconds(stamp.modified) > seconds(since);
}

/** Clients send entity tags with and without quotes. S3 takes both. */
function listsEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || bareEtag(item) === bareEtag(etag));
}

export function bareEtag(etag: string): string {
  return etag.trim().replace(/^W\//, '').replaceAll('"', '');
}

function parseHttpDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** HTTP dates have no milliseconds, so we also cut off those of the object's date. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
