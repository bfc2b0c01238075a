import { StoreError } from '../protocol/errors.ts';
import { type ByteRange, parseRange } from '../protocol/ranges.ts';
import type { Call } from '../state/call.ts';
import type { Part, StoredObject } from '../state/records.ts';
import { wholeRange } from './pieces.ts';

/** Which bytes of an object a GET or a HEAD asks for: all, a range or a part. */
export type Selection = {
  readonly status: 200 | 206;
  readonly range: ByteRange;
  readonly part?: Part;
  readonly headers: Readonly<Record<string, string>>;
};

export function selectBytes({ query, headers }: Call, object: StoredObject): Selection {
  if (query.partNumber !== undefined) {
    if (headers.range === undefined) return selectPart(object, Number(query.partNumber));
    const message = 'Cannot specify both Range header and partNumber query parameter';
    throw new StoreError('InvalidRequest', { message });
  }
  const range = parseRange(headers.range, object.bytes);
  if (range === undefined) return { status: 200, range: wholeRange(object), headers: {} };
  return { status: 206, range, headers: contentRange(range, object) };
}

/** An object that was not uploaded in parts has one part, with the number 1. */
function selectPart(object: StoredObject, partNumber: number): Selection {
  const index = object.parts.findIndex((part) => part.partNumber === partNumber);
  const part = object.parts[index];
  if (part === undefined) throw new StoreError('InvalidPartNumber');
  const first = object.parts.slice(0, index).reduce((bytes, before) => bytes + before.bytes, 0);
  const range = { first, last: first + part.bytes - 1 };
  const partCount: Record<string, string> =
    object.uploadId === undefined ? {} : { 'x-amz-mp-parts-count': String(object.parts.length) };
  return { status: 206, range, part, headers: { ...contentRange(range, object), ...partCount } };
}

/** An empty object has no range, because HTTP has no way to write an empty range. */
function contentRange(range: ByteRange, object: StoredObject): Record<string, string> {
  if (range.last < range.first) return {};
  return { 'content-range': `bytes ${range.first}-${range.last}/${object.bytes}` };
}
