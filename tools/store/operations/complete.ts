import { createHash } from 'node:crypto';
import { bareEtag } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { inTurn } from '../protocol/turns.ts';
import { children, childText, parseXml, renderXml } from '../protocol/xml.ts';
import { receiveText } from '../request/body.ts';
import { commitObject } from '../request/commit.ts';
import { encryptionHeaders } from '../request/description.ts';
import { bucketOf } from '../request/lookup.ts';
import type { Call, Reply } from '../state/call.ts';
import { checksumAlgorithms, checksumElements } from '../state/checksums.ts';
import { removeUpload } from '../state/disk.ts';
import type { OpenUpload, Part, StoredObject } from '../state/records.ts';
import { checksumOfComplete } from './complete-checksum.ts';
import { findUpload, noSuchUpload, turnOfUpload } from './uploads.ts';

// AWS's smallest part, except the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const PART_BYTES_MIN = 5 * 1024 * 1024;
const PARTS_MAX = 10_000;

/** A part as the client lists it. */
export type NamedPart = { readonly partNumber: number; readonly etag: string; readonly row: Record<string, unknown> };

/**
 * Turns parts into an object. It moves no bytes, because an object is a list of pieces. As long as that object exists,
 * the same request gets the same answer again.
 */
export async function completeMultipartUpload(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const named = parseParts(await receiveText(withoutChecksums(call)));
  return inTurn(call.store.turns, turnOfUpload(call), async () => {
    const made = bucket.objects.get(call.key);
    if (made?.uploadId !== undefined && made.uploadId === call.query.uploadId) {
      return repeatedReply(call, made, named);
    }
    const upload = findUpload(call);
    const parts = chooseParts(upload, named);
    checkSizes(call, parts);
    const checksum = await checksumOfComplete({ call, upload, parts, named });
    const draft = {
      key: upload.key,
      etag: etagOfParts(parts),
      bytes: parts.reduce((bytes, part) => bytes + part.bytes, 0),
      description: upload.description,
      parts,
      uploadId: upload.uploadId,
      ...(checksum === undefined ? {} : { checksum }),
    };
    const object = await commitObject(call, bucket, draft, 'CompleteMultipartUpload');
    await removeUpload(call.store.disk, bucket, upload, parts);
    return completeReply(call, object);
  });
}

function completeReply(call: Call, object: StoredObject): Reply {
  const { checksum } = object;
  const content = {
    Location: `http://${call.headers.host ?? ''}/${call.bucketName}/${encodeURIComponent(call.key)}`,
    Bucket: call.bucketName,
    Key: call.key,
    ETag: object.etag,
    ...(checksum && { ...checksumElements({ [checksum.algorithm]: checksum.value }), ChecksumType: checksum.type }),
  };
  const text = renderXml('CompleteMultipartUploadResult', content);
  return { status: 200, headers: encryptionHeaders(object.description), text };
}

function repeatedReply(call: Call, object: StoredObject, named: readonly NamedPart[]): Reply {
  const text = (partNumber: number, etag: string) => `${partNumber}:${etag}`;
  const before = object.parts.map((part) => text(part.partNumber, part.md5)).join();
  const now = named.map((part) => text(part.partNumber, part.etag)).join();
  if (before !== now) throw noSuchUpload(call);
  return completeReply(call, object);
}

/** S3's ETag of many parts: the MD5 of their MD5s, and the number of parts. */
function etagOfParts(parts: readonly Part[]): string {
  const digests = createHash('md5');
  for (const part of parts) digests.update(part.md5, 'hex');
  return `"${digests.digest('hex')}-${parts.length}"`;
}

function parseParts(text: string): NamedPart[] {
  const rows = children(parseXml(text, 'CompleteMultipartUpload'), 'Part');
  if (rows.length === 0 || rows.length > PARTS_MAX) throw new StoreError('MalformedXML');
  return rows.map((row) => {
    const etag = childText(row, 'ETag');
    const partNumber = Number(childText(row, 'PartNumber') ?? Number.NaN);
    if (etag === undefined || !Number.isInteger(partNumber)) throw new StoreError('MalformedXML');
    return { partNumber, etag: bareEtag(etag), row };
  });
}

/** A client may leave out parts that it uploaded. The parts that it names must exist as it says, and be in order. */
function chooseParts(upload: OpenUpload, named: readonly NamedPart[]): Part[] {
  let before = 0;
  return named.map(({ partNumber, etag, row }) => {
    if (partNumber <= before) throw new StoreError('InvalidPartOrder');
    before = partNumber;
    const part = upload.parts.get(partNumber);
    if (part?.md5 !== etag || !agrees(part, row)) {
      throw new StoreError('InvalidPart', { elements: { PartNumber: String(partNumber), ETag: etag } });
    }
    return part;
  });
}

function agrees(part: Part, row: Record<string, unknown>): boolean {
  return Object.values(checksumAlgorithms).every(({ element }) => {
    const [claimed, kept] = [childText(row, element), checksumElements(part.checksums)[element]];
    return claimed === undefined || kept === undefined || claimed === kept;
  });
}

function checkSizes(call: Call, parts: readonly Part[]): void {
  const partBytesMin = call.store.options.partBytesMin ?? PART_BYTES_MIN;
  const small = parts.slice(0, -1).find((part) => part.bytes < partBytesMin);
  if (small !== undefined) {
    const sizes = { MinSizeAllowed: String(partBytesMin), ProposedSize: String(small.bytes) };
    throw new StoreError('EntityTooSmall', {
      elements: { ...sizes, PartNumber: String(small.partNumber), ETag: small.md5 },
    });
  }
  const announced = call.headers['x-amz-mp-object-size'];
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  if (announced !== undefined && Number(announced) !== bytes) {
    const message = `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${bytes}`;
    throw new StoreError('InvalidRequest', { message });
  }
}

/** In this request, the checksum headers describe the object to be made, not the document in the body. */
function withoutChecksums(call: Call): Call {
  const others = Object.entries(call.headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  return { ...call, headers: Object.fromEntries(others) };
}
