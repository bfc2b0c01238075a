import { parseCopySource } from '../protocol/address.ts';
import { checkCopyConditions, checkWriteConditions } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { type ByteRange, parseCopyRange } from '../protocol/ranges.ts';
import { renderXml } from '../protocol/xml.ts';
import { writePiece } from '../request/body.ts';
import { commitPiece, draftOfPiece } from '../request/commit.ts';
import { describe, encryptionHeaders, isArchived } from '../request/description.ts';
import { bucketOf, checkKey, findObject } from '../request/lookup.ts';
import { objectContent, wholeRange } from '../request/pieces.ts';
import type { Call, Reply } from '../state/call.ts';
import { type ChecksumAlgorithm, checksumElements, defaultChecksum, isChecksumAlgorithm } from '../state/checksums.ts';
import type { Description, Piece, StoredObject } from '../state/records.ts';
import { findUpload, partNumberOf, recordPart } from './uploads.ts';

// "You create a copy of your object up to 5 GB in size in a single atomic action": S3 API reference, CopyObject.
const COPY_BYTES_MAX = 5 * 1024 ** 3;

/** The copy has one piece, and the MD5 of its bytes is its ETag, even if the source was made of many parts. */
export async function copyObject(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  checkKey(call.key);
  const source = findSource(call);
  const description = describeCopy(call, source);
  checkWriteConditions(call.headers, bucket.objects.get(call.key));
  const algorithm = checksumOfCopy(call, source);
  const piece = await copyBytes(call, source, wholeRange(source), algorithm);
  const value = algorithm && piece.checksums[algorithm];
  const checksum = algorithm && value ? { checksum: { algorithm, type: 'FULL_OBJECT' as const, value } } : {};
  const object = await commitPiece(
    call,
    { ...draftOfPiece(call.key, piece, description), ...checksum },
    piece,
    'CopyObject',
  );
  const content = { LastModified: object.modified, ETag: object.etag, ...checksumElements(piece.checksums) };
  return { status: 200, headers: encryptionHeaders(description), text: renderXml('CopyObjectResult', content) };
}

/** Copies a range of an object into a part. The conditions and the bytes are those of the same version of the object. */
export async function uploadPartCopy(call: Call): Promise<Reply> {
  const upload = findUpload(call);
  const partNumber = partNumberOf(call);
  const source = findSource(call);
  const range = parseCopyRange(call.headers['x-amz-copy-source-range'], source.bytes) ?? wholeRange(source);
  const algorithm = upload.checksum?.algorithm ?? defaultChecksum(call.store.options);
  const part = await recordPart(call, partNumber, await copyBytes(call, source, range, algorithm));
  const content = { LastModified: part.modified, ETag: `"${part.md5}"`, ...checksumElements(part.checksums) };
  return { status: 200, headers: encryptionHeaders(upload.description), text: renderXml('CopyPartResult', content) };
}

function findSource(call: Call): StoredObject {
  const { bucketName, key } = parseCopySource(call.headers['x-amz-copy-source'] ?? '');
  const source = findObject(call, bucketName, key);
  checkCopyConditions(call.headers, { etag: source.etag, modified: new Date(source.modified) });
  if (isArchived(source)) throw new StoreError('ObjectNotInActiveTierError');
  return source;
}

/** Writes the bytes into a new piece: the ETag needs their MD5, and somebody may delete the source later. */
async function copyBytes(
  call: Call,
  source: StoredObject,
  range: ByteRange,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Piece> {
  if (range.last - range.first >= COPY_BYTES_MAX) {
    const message = `The specified copy source is larger than the maximum allowable size: ${COPY_BYTES_MAX}`;
    throw new StoreError('InvalidRequest', { message });
  }
  const { disk } = call.store;
  const content = objectContent(disk, source, range);
  try {
    return await writePiece(disk, content.chunks(), algorithm === undefined ? [] : [algorithm]);
  } finally {
    content.release();
  }
}

function describeCopy(call: Call, source: StoredObject): Description {
  const asked = describe(call.headers);
  const replaces = (name: string) => call.headers[name]?.toUpperCase() === 'REPLACE';
  const replacesMetadata = replaces('x-amz-metadata-directive');
  const { bucketName, key } = parseCopySource(call.headers['x-amz-copy-source'] ?? '');
  const itself = bucketName === call.bucketName && key === call.key;
  if (itself && !replacesMetadata && asked.storageClass === source.description.storageClass) {
    const message =
      'This copy request is illegal because it is trying to copy an object to itself without changing the ' +
      "object's metadata, storage class, website redirect location or encryption attributes.";
    throw new StoreError('InvalidRequest', { message });
  }
  // The storage class and the encryption are never copied: S3 takes them from the request or falls back to its defaults.
  const { headers, metadata } = replacesMetadata ? asked : source.description;
  const { tags } = replaces('x-amz-tagging-directive') ? asked : source.description;
  return { ...asked, headers, metadata, tags };
}

function checksumOfCopy(call: Call, source: StoredObject): ChecksumAlgorithm | undefined {
  const asked = call.headers['x-amz-checksum-algorithm']?.toUpperCase();
  if (asked === undefined) return source.checksum?.algorithm ?? defaultChecksum(call.store.options);
  if (!isChecksumAlgorithm(asked)) throw new StoreError('InvalidRequest');
  return asked;
}
