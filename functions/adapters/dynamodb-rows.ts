import type { BatchReport } from '../transfer/tally.ts';
import type { CopiedPart, ObjectAddress, Transfer } from '../transfer/transfer.ts';

/**
 * How a transfer lies in the table. Part rows are filed by upload, so that a late writer of a lost upload counts for
 * nothing; numbers are padded, so that they sort.
 */
export const headerKey = (transferId: string) => ({ pk: `T#${transferId}`, sk: 'TRANSFER' });
export const reportKey = (transferId: string, firstPart: number) => ({
  pk: `T#${transferId}`,
  sk: `B#${padded(firstPart)}`,
});
export const partsKey = (transferId: string, uploadId: string) => `T#${transferId}#${uploadId}`;
export const partKey = (transferId: string, uploadId: string, partNumber: number) => ({
  pk: partsKey(transferId, uploadId),
  sk: partSort(partNumber),
});
export const partSort = (partNumber: number) => `P#${padded(partNumber)}`;
export const lockKey = ({ endpoint, bucket, key }: ObjectAddress) => ({
  pk: `L#${endpoint}#${bucket}#${key}`,
  sk: 'LOCK',
});

export const idempotencyRow = (key: string) => ({ pk: `K#${key}`, sk: 'KEY' });

/** The index that lists transfers, newest first: only headers are in it. */
export const NEWEST = { index: 'newest', kind: 'TRANSFER' } as const;

// Longer than any redrive (14 days) and than any object should take; each write renews it.
const KEPT_SECONDS = 90 * 24 * 3600;

export function expiry(nowMs: number): { ttl: number } {
  return { ttl: Math.floor(nowMs / 1000) + KEPT_SECONDS };
}

/** DynamoDB deletes expired rows within days, not at once, so readers look at the time too. */
export function isExpired(row: { ttl?: unknown }, nowMs: number): boolean {
  return typeof row.ttl === 'number' && row.ttl * 1000 <= nowMs;
}

export type HeaderRow = { readonly revision: number; readonly transfer: Transfer; readonly ttl: number };
export type PartRow = CopiedPart & { readonly ttl: number };
export type ReportRow = BatchReport & { readonly ttl: number };

/** Ten thousand is the highest part number of all stores. */
function padded(partNumber: number): string {
  return String(partNumber).padStart(5, '0');
}
