import { encodeText } from '../../signed/encoding.ts';
import { StoreError } from '../protocol/errors.ts';
import { compareKeys, cutPage, type Page } from '../protocol/paging.ts';
import { renderXml, type XmlContent } from '../protocol/xml.ts';
import { bucketOf, countInQuery } from '../request/lookup.ts';
import type { Call, Reply } from '../state/call.ts';
import type { OpenUpload, StoredObject } from '../state/records.ts';
import { findUpload, partElements } from './uploads.ts';

// All of S3's listings end a page at a thousand rows.
const ROWS_MAX = 1000;

export async function listObjectsV2(call: Call): Promise<Reply> {
  const { prefix = '', delimiter = '', 'start-after': startAfter = '', 'continuation-token': token } = call.query;
  const countMax = countInQuery(call, 'max-keys', ROWS_MAX);
  // Clients that keep the token of the last page in a variable send it empty for the first page.
  const after = token === undefined || token === '' ? startAfter : parseToken(token);
  const page = pageOfObjects(call, { prefix, delimiter, after, countMax });
  const encode = keyEncoder(call);
  const content = {
    Name: call.bucketName,
    Prefix: encode(prefix),
    ...(delimiter !== '' && { Delimiter: encode(delimiter) }),
    ...(startAfter !== '' && { StartAfter: encode(startAfter) }),
    ...(token !== undefined && { ContinuationToken: token }),
    ...(page.next !== undefined && { NextContinuationToken: Buffer.from(page.next).toString('base64url') }),
    KeyCount: page.items.length + page.prefixes.length,
    MaxKeys: countMax,
    ...rowsOfObjects(call, page),
  };
  return { status: 200, text: renderXml('ListBucketResult', content) };
}

export async function listObjectsV1(call: Call): Promise<Reply> {
  const { prefix = '', delimiter = '', marker = '' } = call.query;
  const countMax = countInQuery(call, 'max-keys', ROWS_MAX);
  const page = pageOfObjects(call, { prefix, delimiter, after: marker, countMax });
  const encode = keyEncoder(call);
  const content = {
    Name: call.bucketName,
    Prefix: encode(prefix),
    Marker: encode(marker),
    ...(delimiter !== '' && { Delimiter: encode(delimiter) }),
    // Without a delimiter the client itself continues after the last key that it got.
    ...(delimiter !== '' && page.next !== undefined && { NextMarker: encode(page.next) }),
    MaxKeys: countMax,
    ...rowsOfObjects(call, page),
  };
  return { status: 200, text: renderXml('ListBucketResult', content) };
}

export async function listMultipartUploads(call: Call): Promise<Reply> {
  const { prefix = '', delimiter = '', 'key-marker': keyMarker = '', 'upload-id-marker': idMarker = '' } = call.query;
  const countMax = countInQuery(call, 'max-uploads', ROWS_MAX);
  const order = (left: OpenUpload, right: OpenUpload) =>
    compareKeys(left.key, right.key) || compareKeys(left.uploadId, right.uploadId);
  const all = [...bucketOf(call).uploads.values()].sort(order);
  // With both markers, a page may continue in the middle of the uploads of one key. An upload id alone is ignored.
  const isSeen = (upload: OpenUpload) => {
    if (keyMarker === '') return false;
    const position = compareKeys(upload.key, keyMarker);
    return position < 0 || (position === 0 && (idMarker === '' || upload.uploadId <= idMarker));
  };
  const left = all.filter(
    (upload) => !isSeen(upload) && !(delimiter !== '' && isInside(upload.key, keyMarker, delimiter)),
  );
  const page = cutPage(left, (upload) => upload.key, { prefix, delimiter, after: '', countMax });
  return { status: 200, text: renderXml('ListMultipartUploadsResult', uploadsContent(call, page, countMax)) };
}

/** Part numbers may have gaps. The marker is a part number, not a position. */
export async function listParts(call: Call): Promise<Reply> {
  const upload = findUpload(call);
  const countMax = countInQuery(call, 'max-parts', ROWS_MAX);
  const marker = countInQuery({ ...call, query: { m: call.query['part-number-marker'] ?? '0' } }, 'm', ROWS_MAX * 100);
  const after = [...upload.parts.values()]
    .filter((part) => part.partNumber > marker)
    .sort((left, right) => left.partNumber - right.partNumber);
  const parts = after.slice(0, countMax);
  const content = {
    Bucket: call.bucketName,
    Key: call.key,
    UploadId: upload.uploadId,
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.partNumber ?? marker,
    MaxParts: countMax,
    IsTruncated: parts.length < after.length,
    StorageClass: upload.description.storageClass,
    Initiator: owner(call),
    Owner: owner(call),
    ...(upload.checksum && { ChecksumAlgorithm: upload.checksum.algorithm, ChecksumType: upload.checksum.type }),
    Part: parts.map(partElements),
  };
  return { status: 200, text: renderXml('ListPartsResult', content) };
}

/** There is one account here, and it owns everything. */
export function owner(call: Call): XmlContent {
  return { ID: call.store.options.accessKeyId, DisplayName: call.store.options.accessKeyId };
}

function pageOfObjects(call: Call, request: Parameters<typeof cutPage<StoredObject>>[2]): Page<StoredObject> {
  const objects = [...bucketOf(call).objects.values()].sort((left, right) => compareKeys(left.key, right.key));
  return cutPage(objects, (object) => object.key, request);
}

function rowsOfObjects(call: Call, page: Page<StoredObject>): XmlContent {
  const encode = keyEncoder(call);
  const row = (object: StoredObject) => ({
    Key: encode(object.key),
    LastModified: object.modified,
    ETag: object.etag,
    ...(object.checksum && { ChecksumAlgorithm: object.checksum.algorithm, ChecksumType: object.checksum.type }),
    Size: object.bytes,
    StorageClass: object.description.storageClass,
    ...(call.query['fetch-owner'] === 'true' && { Owner: owner(call) }),
  });
  return {
    IsTruncated: page.next !== undefined,
    ...(call.query['encoding-type'] === 'url' && { EncodingType: 'url' }),
    Contents: page.items.map(row),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function uploadsContent(call: Call, page: Page<OpenUpload>, countMax: number): XmlContent {
  const encode = keyEncoder(call);
  const { prefix = '', delimiter = '' } = call.query;
  const last = page.items.at(-1);
  const row = (upload: OpenUpload) => ({
    Key: encode(upload.key),
    UploadId: upload.uploadId,
    Initiator: owner(call),
    Owner: owner(call),
    StorageClass: upload.description.storageClass,
    Initiated: upload.initiated,
    ...(upload.checksum && { ChecksumAlgorithm: upload.checksum.algorithm, ChecksumType: upload.checksum.type }),
  });
  return {
    Bucket: call.bucketName,
    KeyMarker: encode(call.query['key-marker'] ?? ''),
    UploadIdMarker: call.query['upload-id-marker'] ?? '',
    ...(page.next !== undefined && {
      NextKeyMarker: encode(page.next),
      // If a page ends with a common prefix, the next page begins after all uploads with that prefix.
      ...(last?.key === page.next && { NextUploadIdMarker: last.uploadId }),
    }),
    Prefix: encode(prefix),
    ...(delimiter !== '' && { Delimiter: encode(delimiter) }),
    MaxUploads: countMax,
    IsTruncated: page.next !== undefined,
    ...(call.query['encoding-type'] === 'url' && { EncodingType: 'url' }),
    Upload: page.items.map(row),
    CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
  };
}

/** If the marker is a common prefix, it means all keys that begin with it. */
function isInside(key: string, marker: string, delimiter: string): boolean {
  return marker.endsWith(delimiter) && key.startsWith(marker);
}

/** With encoding-type=url, a client can get keys with characters that XML does not allow. */
function keyEncoder(call: Call): (text: string) => string {
  const encoding = call.query['encoding-type'];
  if (encoding !== undefined && encoding !== 'url') throw new StoreError('InvalidArgument');
  return encoding === 'url' ? (text) => encodeText(text).replaceAll('%2F', '/') : (text) => text;
}

/** The token is the last name of the page before. It is encoded, so that no client relies on its content. */
function parseToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (key !== '' && Buffer.from(key).toString('base64url') === token) return key;
  throw new StoreError('InvalidArgument', { message: 'The continuation token provided is incorrect' });
}
