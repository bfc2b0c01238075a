import { randomUUID } from 'node:crypto';
import { parseRequest } from '../../functions/transfer/request.ts';
import { type CopiedPart, newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';

export const parsedRequest = parseRequest({
  source: { endpoint: 'a', bucket: 'from', key: 'x' },
  target: { endpoint: 'b', bucket: 'to', key: 'x' },
});

/** A transfer that no other test knows. */
export function freshTransfer(nowMs = 1000): Transfer {
  return newTransfer(randomUUID(), parsedRequest, nowMs);
}

export function partRow(partNumber: number, more: Partial<CopiedPart> = {}): CopiedPart {
  return { partNumber, bytes: 5, etag: `e${partNumber}`, crc32: partNumber, round: 1, ...more };
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
