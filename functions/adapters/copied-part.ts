import type { CopiedPart } from '../transfer/transfer.ts';

/** Without what a store keeps beside it: keys, times of expiry. */
export function copiedPart(part: CopiedPart): CopiedPart {
  const { partNumber, bytes, etag, crc32, crcs, copiedInStore, round, readBack } = part;
  const marks = { ...(copiedInStore && { copiedInStore }), ...(readBack && { readBack }) };
  return { partNumber, bytes, etag, crc32, crcs, round, ...marks };
}
