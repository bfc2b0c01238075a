import { randomBytes } from 'node:crypto';
import { StoreError } from '../protocol/errors.ts';
import { inTurn } from '../protocol/turns.ts';
import { renderXml } from '../protocol/xml.ts';
import { receivePiece } from '../request/body.ts';
import { describe, encryptionHeaders, sealed } from '../request/description.ts';
import { bucketOf, checkKey } from '../request/lookup.ts';
import type { Call, Reply } from '../state/call.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumElements,
  checksumHeaders,
  checksumNames,
  isChecksumAlgorithm,
  polynomialOf,
} from '../state/checksums.ts';
import { discardPieces, removeUpload, savePart, saveUpload } from '../state/disk.ts';
import type { OpenUpload, Part, Piece, Upload } from '../state/records.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const PART_NUMBER_MAX = 10_000;

export async function createMultipartUpload(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  checkKey(call.key);
  const checksum = checksumOfCreate(call.headers);
  const upload: Upload = {
    // Ids grow with time, so a list of one key's uploads has the order in which they began.
    uploadId: `${call.store.nextSequencer()}${randomBytes(12).toString('hex')}`,
    bucketName: bucket.record.name,
    key: call.key,
    initiated: new Date().toISOString(),
    description: describe(call.headers),
    ...(checksum === undefined ? {} : { checksum }),
  };
  await saveUpload(call.store.disk, bucket, upload);
  const headers = {
    ...encryptionHeaders(upload.description),
    ...(checksum && { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }),
  };
  const content = { Bucket: call.bucketName, Key: call.key, UploadId: upload.uploadId };
  return { status: 200, headers, text: renderXml('InitiateMultipartUploadResult', content) };
}

/**
 * Writes the whole body to disk before it becomes a part. So nobody sees half a part, and the last one to arrive
 * replaces the others.
 */
export async function uploadPart(call: Call): Promise<Reply> {
  const upload = findUpload(call);
  const partNumber = partNumberOf(call);
  const algorithm = upload.checksum?.algorithm;
  refuseOtherChecksum(call, algorithm);
  const piece = await receivePiece(call, algorithm === undefined ? [] : [algorithm]);
  const part = await recordPart(call, partNumber, piece);
  const headers = { ...checksumHeaders(part.checksums), ...encryptionHeaders(upload.description) };
  return { status: 200, headers: { ...headers, etag: `"${part.md5}"` } };
}

export async function abortMultipartUpload(call: Call): Promise<Reply> {
  return inTurn(call.store.turns, turnOfUpload(call), async () => {
    await removeUpload(call.store.disk, bucketOf(call), findUpload(call), []);
    return { status: 204 };
  });
}

/** Adds the piece to its upload as a part. If the upload has ended meanwhile, it removes the piece and throws. */
export async function recordPart(call: Call, partNumber: number, piece: Piece): Promise<Part> {
  const { disk, turns } = call.store;
  try {
    return await inTurn(turns, turnOfUpload(call), async () => {
      const upload = findUpload(call);
      const part: Part = { ...sealed(piece, upload.description), partNumber, modified: new Date().toISOString() };
      await savePart(disk, upload, part);
      return part;
    });
  } catch (error) {
    discardPieces(disk, [piece]);
    throw error;
  }
}

export function findUpload(call: Call): OpenUpload {
  const upload = bucketOf(call).uploads.get(call.query.uploadId ?? '');
  if (upload === undefined || upload.key !== call.key) throw noSuchUpload(call);
  return upload;
}

/** Gives one answer for ids that are unknown, over, or of another key. S3 does not tell them apart either. */
export function noSuchUpload(call: Call): StoreError {
  return new StoreError('NoSuchUpload', { elements: { UploadId: call.query.uploadId ?? '' } });
}

export function partNumberOf(call: Call): number {
  const text = call.query.partNumber ?? '';
  const partNumber = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (partNumber >= 1 && partNumber <= PART_NUMBER_MAX) return partNumber;
  const message = `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`;
  throw new StoreError('InvalidArgument', { message, elements: { ArgumentName: 'partNumber', ArgumentValue: text } });
}

export function turnOfUpload(call: Call): string {
  return `upload ${call.bucketName}/${call.query.uploadId}`;
}

/**
 * Which checksum algorithms each type allows:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export function checkChecksumType(algorithm: ChecksumAlgorithm, type: string): ChecksumType {
  const isWhole = type === 'FULL_OBJECT' && polynomialOf(algorithm) !== undefined;
  if (isWhole) return 'FULL_OBJECT';
  if (type === 'COMPOSITE' && algorithm !== 'CRC64NVME') return 'COMPOSITE';
  const message = `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
  throw new StoreError('InvalidRequest', { message });
}

export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

function checksumOfCreate(headers: Call['headers']): Upload['checksum'] {
  const algorithm = headers['x-amz-checksum-algorithm']?.toUpperCase();
  const type = headers['x-amz-checksum-type'];
  if (algorithm === undefined && type === undefined) return undefined;
  if (algorithm === undefined || !isChecksumAlgorithm(algorithm)) {
    const message = 'Checksum algorithm provided is unsupported.';
    throw new StoreError('InvalidRequest', { message });
  }
  return { algorithm, type: checkChecksumType(algorithm, type ?? defaultChecksumType(algorithm)) };
}

/** If an upload was created with an algorithm, its parts may have no other checksum. Otherwise they may have any. */
function refuseOtherChecksum({ headers }: Call, algorithm: ChecksumAlgorithm | undefined): void {
  if (algorithm === undefined) return;
  const elsewhere = checksumNames
    .filter((name) => name !== algorithm)
    .map((name) => `x-amz-checksum-${name.toLowerCase()}`);
  const other = elsewhere.find((name) => headers[name] !== undefined || headers['x-amz-trailer'] === name);
  if (other === undefined) return;
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum: ${other}`;
  throw new StoreError('InvalidRequest', { message });
}

export function partElements(part: Part): Record<string, string | number> {
  return {
    PartNumber: part.partNumber,
    LastModified: part.modified,
    ETag: `"${part.md5}"`,
    Size: part.bytes,
    ...checksumElements(part.checksums),
  };
}
