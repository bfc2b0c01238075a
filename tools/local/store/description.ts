import type { Call } from './call.ts';
import { StoreError } from './errors.ts';
import type { Description, StoredObject } from './records.ts';
import { parseTagHeader } from './tags.ts';

const keptHeaders = ['cache-control', 'content-disposition', 'content-language', 'content-type', 'expires'] as const;

// botocore, s3 2006-03-01, StorageClass; the ones that need Outposts or a directory bucket left out.
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

const METADATA_PREFIX = 'x-amz-meta-';
// "The user-defined metadata is limited to 2 KB in size": S3 User Guide, "Working with object metadata".
const METADATA_BYTES_MAX = 2048;

/** What the headers of a request say about the object that it makes. */
export function describe(headers: Call['headers']): Description {
  const encryption = headers['x-amz-server-side-encryption'];
  refuseForeignEncryption(headers);
  return {
    headers: representationHeaders(headers),
    metadata: userMetadata(headers),
    tags: parseTagHeader(headers['x-amz-tagging']),
    storageClass: storageClass(headers),
    ...(encryption === undefined ? {} : { encryption }),
  };
}

/** The response headers of an object; a GET may ask for others than the stored ones. */
export function descriptionHeaders(object: StoredObject): Record<string, string> {
  const { headers, metadata, tags, storageClass } = object.description;
  const named = Object.entries(metadata).map(([name, value]) => [`${METADATA_PREFIX}${name}`, value]);
  return {
    'content-type': 'binary/octet-stream',
    ...headers,
    ...Object.fromEntries(named),
    ...(tags.length === 0 ? {} : { 'x-amz-tagging-count': String(tags.length) }),
    ...(storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': storageClass }),
    ...encryptionHeaders(object.description),
  };
}

export function encryptionHeaders({ encryption }: Description): Record<string, string> {
  return encryption === undefined ? {} : { 'x-amz-server-side-encryption': encryption };
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
  // aws-chunked is how the body came, not what it is.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const own = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return own.length === 0 ? kept : { ...kept, 'content-encoding': own.join(',') };
}

/** Names are lower case here, as HTTP has made them; S3 gives them back like that, too. */
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

function storageClass(headers: Call['headers']): string {
  const name = headers['x-amz-storage-class'] ?? 'STANDARD';
  if (!storageClasses.has(name)) throw new StoreError('InvalidStorageClass');
  return name;
}

/** Only AES256 is played along with: it changes nothing that a client can see but this header. */
function refuseForeignEncryption(headers: Call['headers']): void {
  const encryption = headers['x-amz-server-side-encryption'] ?? 'AES256';
  const customerKey = headers['x-amz-server-side-encryption-customer-algorithm'];
  if (encryption !== 'AES256' || customerKey !== undefined) throw new StoreError('NotImplemented');
}
