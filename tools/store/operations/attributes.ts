import { bareEtag, checkReadConditions } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { renderXml, type XmlContent } from '../protocol/xml.ts';
import { findObject } from '../request/lookup.ts';
import type { Call, Reply } from '../state/call.ts';
import { checksumElements } from '../state/checksums.ts';
import type { Part, StoredObject } from '../state/records.ts';

// A page of parts ends where those of ListParts end.
const PARTS_MAX = 1000;

// The answer has only what was asked for. It leaves out an attribute that the object lacks.
const attributes: Record<string, (object: StoredObject, call: Call) => XmlContent> = {
  ETag: (object) => ({ ETag: bareEtag(object.etag) }),
  ObjectSize: (object) => ({ ObjectSize: object.bytes }),
  StorageClass: (object) => ({ StorageClass: object.description.storageClass }),
  Checksum: ({ checksum }) =>
    checksum === undefined
      ? {}
      : { Checksum: { ...checksumElements({ [checksum.algorithm]: checksum.value }), ChecksumType: checksum.type } },
  ObjectParts: (object, call) => (object.uploadId === undefined ? {} : { ObjectParts: objectParts(object, call) }),
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export async function getObjectAttributes(call: Call): Promise<Reply> {
  const object = findObject(call);
  checkReadConditions(call.headers, { etag: object.etag, modified: new Date(object.modified) });
  const names = (call.headers['x-amz-object-attributes'] ?? '').split(',').map((name) => name.trim());
  let content: XmlContent = {};
  for (const name of names) {
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (attribute === undefined)
      throw new StoreError('InvalidArgument', { message: 'Invalid attribute name specified.' });
    content = { ...content, ...attribute(object, call) };
  }
  const headers = { 'last-modified': new Date(object.modified).toUTCString() };
  return { status: 200, headers, text: renderXml('GetObjectAttributesResponse', content) };
}

/**
 * The count is always in the answer. The parts themselves are there only if the object has a checksum, as S3 documents.
 */
function objectParts({ parts, checksum }: StoredObject, { headers }: Call): XmlContent {
  const total = { PartsCount: parts.length };
  if (checksum === undefined) return total;
  const countMax = Math.min(Number(headers['x-amz-max-parts'] ?? PARTS_MAX) || 0, PARTS_MAX);
  const marker = Number(headers['x-amz-part-number-marker'] ?? 0) || 0;
  const after = parts.filter((part) => part.partNumber > marker);
  const page = after.slice(0, countMax);
  return {
    ...total,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? marker,
    MaxParts: countMax,
    IsTruncated: page.length < after.length,
    Part: page.map(partRow),
  };
}

function partRow(part: Part): XmlContent {
  return { PartNumber: part.partNumber, Size: part.bytes, ...checksumElements(part.checksums) };
}
