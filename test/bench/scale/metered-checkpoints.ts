import { headerKey, listedKey, partKey, reportKey, stamp } from '../../../functions/adapters/dynamodb/rows.ts';
import { memoryCheckpoints } from '../../../functions/adapters/memory/checkpoints.ts';
import type { Checkpoints } from '../../../functions/engine/ports/ports.ts';
import type { BatchReport } from '../../../functions/transfer/tally.ts';
import type { CopiedPart, Transfer } from '../../../functions/transfer/transfer.ts';

/** Request units, as DynamoDB bills them on demand: a write unit for each KB of a row, a read unit for each 4 KB. */
export type Units = { writes: number; reads: number };

const WRITE_BYTES = 1024;
const READ_BYTES = 4096;

/** The size of a value, as DynamoDB counts it: awsdocs, "DynamoDB item sizes and formats". */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return Math.ceil(String(Math.abs(value)).length / 2) + 1;
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : 1;
  const inner = Object.entries(value).filter(([, each]) => each !== undefined);
  const names = Array.isArray(value) ? 0 : inner.reduce((sum, [name]) => sum + name.length, 0);
  return 3 + names + inner.reduce((sum, [, each]) => sum + 1 + bytesOf(each), 0);
}

/**
 * Checkpoints in memory that count what their requests would cost in DynamoDB. functions/adapters/dynamodb says which
 * requests each call makes: a consistent read for each question, and a read and a write for each change of a header.
 */
export function meteredCheckpoints(): { checkpoints: Checkpoints; units: Units } {
  const units: Units = { writes: 0, reads: 0 };
  const inMemory = memoryCheckpoints();
  const meter: Meter = {
    written: (row) => {
      units.writes += Math.max(1, Math.ceil(bytesOf(row) / WRITE_BYTES));
    },
    read: (...rows) => {
      const bytes = rows.reduce((sum: number, row) => sum + bytesOf(row), 0);
      units.reads += Math.max(1, Math.ceil(bytes / READ_BYTES));
    },
  };
  const checkpoints = {
    ...inMemory,
    ...headers(inMemory, meter),
    ...parts(inMemory, meter),
    ...reports(inMemory, meter),
    ...locks(inMemory, meter),
  };
  return { checkpoints, units };
}

/** A query that reads many rows is billed by their sum. */
type Meter = { written(row: unknown): void; read(...rows: readonly unknown[]): void };

function headers(inMemory: Checkpoints, { written, read }: Meter): Pick<Checkpoints, 'create' | 'read' | 'change'> {
  const rowOf = (transfer: Transfer | undefined) =>
    transfer && { ...headerKey(transfer.transferId), revision: 1, transfer, ...stamp(0) };
  return {
    create: async (transfer) => {
      // The listed row, in the table and in its index.
      for (let copies = 0; copies < 2; copies += 1) written(listedKey(transfer.transferId));
      written(rowOf(transfer));
      return inMemory.create(transfer);
    },
    read: async (transferId) => {
      const transfer = await inMemory.read(transferId);
      read(rowOf(transfer));
      return transfer;
    },
    change: async (transferId, change) =>
      inMemory.change(transferId, (transfer) => {
        read(rowOf(transfer));
        const changed = change(transfer);
        if (changed) written(rowOf(changed));
        return changed;
      }),
  };
}

function parts(inMemory: Checkpoints, { written, read }: Meter): Pick<Checkpoints, 'recordPart' | 'parts'> {
  const rowOf = (transferId: string, uploadId: string, part: CopiedPart) => ({
    ...partKey(transferId, uploadId, part.partNumber),
    ...part,
    ...stamp(0),
  });
  return {
    recordPart: async (transferId, uploadId, part) => {
      written(rowOf(transferId, uploadId, part));
      return inMemory.recordPart(transferId, uploadId, part);
    },
    parts: async (transferId, uploadId, ...range) => {
      const found = await inMemory.parts(transferId, uploadId, ...range);
      read(...found.map((part) => rowOf(transferId, uploadId, part)));
      return found;
    },
  };
}

function reports(
  inMemory: Checkpoints,
  { written, read }: Meter,
): Pick<Checkpoints, 'report' | 'reports' | 'reportOf'> {
  const rowOf = (transferId: string, report: BatchReport) => ({
    ...reportKey(transferId, report.firstPart),
    ...report,
    ...stamp(0),
  });
  return {
    report: async (transferId, report) => {
      written(rowOf(transferId, report));
      return inMemory.report(transferId, report);
    },
    reports: async (transferId) => {
      const found = await inMemory.reports(transferId);
      read(...found.map((report) => rowOf(transferId, report)));
      return found;
    },
    reportOf: async (transferId, firstPart) => {
      const report = await inMemory.reportOf(transferId, firstPart);
      read(report && rowOf(transferId, report));
      return report;
    },
  };
}

type Locks = Pick<Checkpoints, 'lockTarget' | 'lockOwner' | 'releaseTarget'>;

function locks(inMemory: Checkpoints, { written, read }: Meter): Locks {
  return {
    lockTarget: async (target, transferId) => {
      written(target);
      return inMemory.lockTarget(target, transferId);
    },
    lockOwner: async (target) => {
      read(target);
      return inMemory.lockOwner(target);
    },
    releaseTarget: async (target, transferId) => {
      written(target);
      return inMemory.releaseTarget(target, transferId);
    },
  };
}
