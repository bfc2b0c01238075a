import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { BatchReport } from '../../../functions/transfer/tally.ts';
import { partRow } from '../transfers.ts';
import type { CheckpointsUnderTest } from './checkpoints.ts';

export function reportRow(firstPart: number, more: Partial<BatchReport> = {}): BatchReport {
  const copied = { partsCopied: 1, bytesCopied: 5, partsReadBack: 0, bytesReadBack: 0 };
  const counts = { ...copied, bytesInFlight: 0, bytesLost: 0, bytesSent: 5 };
  return { firstPart, round: 1, ...counts, retries: 0, lambdaMs: 1, invocations: 1, ...more };
}

export function keepsReports({ connect }: CheckpointsUnderTest): void {
  it('keeps one report a batch, the last one, and gives them in the order of their first parts', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    for (const firstPart of [10_000, 1, 999]) await checkpoints.report(id, reportRow(firstPart));
    const last = reportRow(1, { round: 2, partsCopied: 0, bytesLost: 2, retries: 3, partDoneAtMs: 8, atMs: 9 });
    for (let times = 0; times < 2; times += 1) await checkpoints.report(id, last);
    for (let times = 0; times < 2; times += 1)
      expect(await checkpoints.reports(id)).toEqual([last, reportRow(999), reportRow(10_000)]);
    expect(await checkpoints.reportOf(id, 1)).toEqual(last);
    expect(await checkpoints.reportOf(id, 999)).toEqual(reportRow(999));
  });

  it('gives the reports of one transfer only, and none where no batch has reported', async () => {
    const checkpoints = await connect();
    const [id, other] = [randomUUID(), randomUUID()];
    await checkpoints.report(other, reportRow(5));
    await checkpoints.recordPart(id, 'u', partRow(5));
    expect(await checkpoints.reports(id)).toEqual([]);
    expect(await checkpoints.reportOf(id, 5)).toBeUndefined();
    expect(await checkpoints.reportOf(other, 4)).toBeUndefined();
  });
}
