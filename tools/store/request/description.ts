import { createHash } from 'node:crypto';
import { StoreError } from '../protocol/errors.ts';
import type { Call } from '../state/call.ts';
import type { Description, Piece, StoredObject } from '../state/records.ts';
import { parseTagHeader } from './tags.ts';

const keptHeaders = ['cache-control', 'content-disposition', 'content-language', 'content-type', 'expires'] as const;

// The list is from botocore, s3 2006-03-01, StorageClass. We leave out classes that need Outposts or a directory bucket.
const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]);

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl, without log-delivery-write, which
// only a bucket can have.
const cannedAcls = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);

const KEY_HEADER = 'x-amz-server-side-encryption-aws-kms-key-id';
const ACCOUNT_KEY = 'arn:aws:kms:us-east-1:000000000000:key/aws-s3';

const METADATA_PREFIX = 'x-amz-meta-';
// "The user-defined metadata is limited to 2 KB in size": S3 User Guide, "Working with object metadata".
const METADATA_BYTES_MAX = 2048;

/** What the headers of a request say about the object that it makes. */
export function describe(headers: Call['headers']): Description {
  refuseUnknownAcl(headers);
  return {
    headers: representationHeaders(headers),
    metadata: userMetadata(headers),
    tags: parseTagHeader(headers['x-amz-tagging']),
    storageClass: storageClass(headers),
    ...encryptionOf(headers),
  };
}

/** The response headers of an object. A GET may ask for other values than the stored ones. */
export function descriptionHeaders(object: StoredObject): Record<string, string> {
  const { headers, metadata, tags, storageClass } = object.description;
  const named = Object.entries(metadata).map(([name, value]) => [`${METADATA_PREFIX}${name}`, inAscii(value)]);
  return {
    'content-type': 'binary/octet-stream',
    ...headers,
    ...Object.fromEntries(named),
    ...(tags.length === 0 ? {} : { 'x-amz-tagging-count': String(tags.length) }),
    ...(storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': storageClass }),
    ...encryptionHeaders(object.description),
  };
}

export function encryptionHeaders({ encryption, keyId }: Description): Record<string, string> {
  return {
    ...(encryption === undefined ? {} : { 'x-amz-server-side-encryption': encryption }),
    ...(keyId === undefined ? {} : { [KEY_HEADER]: keyId }),
  };
}

/** With encryption by KMS, an ETag is no MD5: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html */
export function sealed(piece: Piece, { encryption }: Description): Piece {
  if (encryption !== 'aws:kms') return piece;
  return { ...piece, md5: createHash('md5').update(`sealed ${piece.md5}`).digest('hex') };
}

/** Objects in these classes must be restored before they can be read. */
export function isArchived(object: StoredObject): boolean {
  return object.description.storageClass === 'GLACIER' || object.description.storageClass === 'DEEP_ARCHIVE';
}

function representationHeaders(headers: Call['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  // aws-chunked describes how the client sent the body. It does not belong to the object.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const own = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return own.length === 0 ? kept : { ...kept, 'content-encoding': own.join(',') };
}

/** The names are in lower case, because Node gives all headers so. S3 also returns them in lower case. */
function userMetadata(headers: Call['headers']): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(METADATA_PREFIX) || value === undefined) continue;
    metadata[name.slice(METADATA_PREFIX.length)] = value;
    bytes += name.length - METADATA_PREFIX.length + Buffer.byteLength(value, 'latin1');
  }
  if (bytes > METADATA_BYTES_MAX) throw new StoreError('MetadataTooLarge');
  return metadata;
}

/**
 * "Values of such headers are […] encoded as per RFC 2047 to make them mail-safe before returning": S3 User Guide, "Working
 * with object metadata". We keep a value as Node reads it, one character for each byte.
 */
function inAscii(value: string): string {
  if (Buffer.byteLength(value) === value.length) return value;
  return `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`;
}

function storageClass(headers: Call['headers']): string {
  const name = headers['x-amz-storage-class'] ?? 'STANDARD';
  if (!storageClasses.has(name)) throw new StoreError('InvalidStorageClass');
  return name;
}

/**
 * The store only pretends to encrypt. A client sees only these headers, and with aws:kms an ETag that is no MD5.
 */
function encryptionOf(headers: Call['headers']): Pick<Description, 'encryption' | 'keyId'> {
  const encryption = headers['x-amz-server-side-encryption'];
  const keyId = headers[KEY_HEADER];
  const customerKey = headers['x-amz-server-side-encryption-customer-algorithm'];
  const isKnown = encryption === undefined || encryption === 'AES256' || encryption === 'aws:kms';
  if (!isKnown || customerKey !== undefined) throw new StoreError('NotImplemented');
  if (keyId !== undefined && encryption !== 'aws:kms') throw new StoreError('InvalidArgument');
  return {
    ...(encryption === undefined ? {} : { encryption }),
    ...(encryption === 'aws:kms' ? { keyId: keyId ?? ACCOUNT_KEY } : {}),
  };
}

/** There is one account here, so an ACL changes nothing. The store refuses an unknown ACL as S3 does. */
function refuseUnknownAcl(headers: Call['headers']): void {
  const acl = headers['x-amz-acl'];
  if (acl === undefined || cannedAcls.has(acl)) return;
  throw new StoreError('InvalidArgument', { elements: { ArgumentName: 'x-amz-acl', ArgumentValue: acl } });
}
