import { StoreError } from './errors.ts';

/** Both ends are inclusive, as in HTTP. */
export type ByteRange = { readonly first: number; readonly last: number };

/** Undefined if there is no range, or one that S3 ignores: another unit, several ranges, or a text that is no range. */
export function parseRange(header: string | undefined, objectBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return undefined;
  const suffixBytes = Number(to);
  const first = from === '' ? Math.max(0, objectBytes - suffixBytes) : Number(from);
  const last = from === '' || to === '' ? objectBytes - 1 : Math.min(Number(to), objectBytes - 1);
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
  if (first >= objectBytes || (from === '' && suffixBytes === 0)) throw unsatisfiable(header ?? '', objectBytes);
  return { first, last };
}

/** The range of a copy must have both ends, and both must be inside the source. */
export function parseCopyRange(header: string | undefined, objectBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first > last) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are offsets';
    throw new StoreError('InvalidArgument', { message });
  }
  if (last >= objectBytes) {
    const message = `Range specified is not valid for source object of size: ${objectBytes}`;
    throw new StoreError('InvalidArgument', { message });
  }
  return { first, last };
}

function unsatisfiable(header: string, objectBytes: number): StoreError {
  return new StoreError('InvalidRange', {
    elements: { RangeRequested: header, ActualObjectSize: String(objectBytes) },
    headers: { 'content-range': `bytes */${objectBytes}` },
  });
}
