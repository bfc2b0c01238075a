import type { CopiedPart } from '../transfer/transfer.ts';

/** The part without the other fields of its row, for instance keys and expiry. */
export function copiedPart(part: CopiedPart): CopiedPart {
  const { partNumber, bytes, etag, crc32, crcs, copiedInStore, round, readBack } = part;
  const marks = { ...(copiedInStore && { copiedInStore }), ...(readBack && { readBack }) };
  return { partNumber, bytes, etag, crc32, crcs, round, ...marks };
}
