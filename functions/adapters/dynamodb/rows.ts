import { SCHEMA } from '../../transfer/schema.ts';
import type { BatchReport } from '../../transfer/tally.ts';
import type { CopiedPart, ObjectAddress, Transfer } from '../../transfer/transfer.ts';

/**
 * How a transfer is stored in the table. The rows of parts belong to one upload, so a late write for a lost upload
 * changes nothing. Numbers are padded, so that they sort.
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

/** Its partition key begins with another letter than those of the transfer's other rows, because IAM sees only that key. */
export const keptUrlKey = (transferId: string) => ({ pk: `U#${transferId}`, sk: 'URL' });

export const idempotencyRow = (key: string) => ({ pk: `K#${key}`, sk: 'KEY' });

/**
 * All summaries have one partition key, so that we can ask for the newest. One is added each day, and one for each
 * sweep that a person starts.
 */
export const sweepKey = (sweepId: string) => ({ pk: 'S#SWEEPS', sk: sweepId });
export const sweepRowsKey = (sweepId: string, page: number) => ({ pk: `S#${sweepId}`, sk: `R#${padded(page)}` });

/**
 * The index that lists transfers, newest first. A row is in it if it has `kind` and `createdAtMs`. Those are the
 * `listedKey` rows, each written once, when its transfer is created; and the headers that older code wrote, which carry
 * both fields themselves.
 * All rows of the index have one partition key, and a partition takes 1,000 writes a second:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 * So 1,000 transfers can be created in a second. Step Functions starts at most 300 executions a second:
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 * That limit is reached first, so the key is not divided.
 */
export const NEWEST = { index: 'newest', kind: 'TRANSFER' } as const;
export const listedKey = (transferId: string) => ({ pk: `T#${transferId}`, sk: 'LISTED' });
export type IndexKey = {
  readonly pk: string;
  readonly sk: string;
  readonly kind: string;
  readonly createdAtMs: number;
};

const DAY_SECONDS = 24 * 3600;
// Longer than any redrive (14 days), and longer than any object should take. Each write renews it.
const KEPT_SECONDS = 90 * DAY_SECONDS;
// A transfer stays listed so much longer than its header lives. Each write of the header renews the header's own life.
// We write the listed row again only if the header would outlive it. So a transfer that takes less than a week writes
// to the index once, and a longer one writes once a week. The price: the end of the list has a week of rows without
// headers.
const LISTED_LONGER_SECONDS = 7 * DAY_SECONDS;

/** The fields that every row has: when it expires, in seconds since 1970, and the schema in which it was written. */
export function stamp(nowMs: number): { ttl: number; schema: number } {
  return { ttl: Math.floor(nowMs / 1000) + KEPT_SECONDS, schema: SCHEMA };
}

export function listedStamp(nowMs: number): { ttl: number; schema: number } {
  const { ttl, schema } = stamp(nowMs);
  return { ttl: ttl + LISTED_LONGER_SECONDS, schema };
}

// A day longer than the sweep leaves a transfer that nobody resumed. A signature of S3 lives 7 days at most.
const URL_KEPT_SECONDS = 16 * DAY_SECONDS;

export function keptUrlStamp(nowMs: number): { ttl: number; schema: number } {
  return { ...stamp(nowMs), ttl: Math.floor(nowMs / 1000) + URL_KEPT_SECONDS };
}

/** DynamoDB deletes expired rows within days, not at once. So readers check the time too. */
export function isExpired(row: { ttl?: unknown }, nowMs: number): boolean {
  return typeof row.ttl === 'number' && row.ttl * 1000 <= nowMs;
}

export type HeaderRow = {
  readonly revision: number;
  readonly transfer: Transfer;
  readonly ttl: number;
  /** Rows of schema 1 do not have it. */
  readonly schema?: number;
  /** When the listed row expires, as far as this header knows. */
  readonly listedUntil?: number;
  /** Only in headers that older code wrote last, since these are in the index themselves. */
  readonly kind?: string;
};
export type PartRow = CopiedPart & { readonly ttl: number };
export type ReportRow = BatchReport & { readonly ttl: number };

/** The highest part number of any store is 10,000. */
function padded(number: number): string {
  return String(number).padStart(5, '0');
}
