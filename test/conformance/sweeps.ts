import { describe, expect, it } from 'vitest';
import type { Sweeps } from '../../functions/engine/ports/ports.ts';
import { noCounts, type SweepRow, type SweepSummary } from '../../functions/transfer/sweep-report.ts';

export const summaryOf = (sweepId: string, more: Partial<SweepSummary> = {}): SweepSummary => ({
  sweepId,
  startedAtMs: 1,
  dryRun: false,
  transfersLookedAt: 0,
  uploadsLookedAt: 0,
  pageCount: 0,
  position: {},
  finishedAtMs: 2,
  counts: noCounts,
  ...more,
});
const settled = (transferId: string): SweepRow => ({ outcome: 'settled', transferId });

/** What everything that keeps the reports of sweeps must do. */
export function conformsAsSweeps(name: string, connect: () => Promise<Sweeps>): void {
  describe(`${name}, as what keeps the reports of sweeps`, () => {
    it('gives a summary as it was written last, and the newest ones first', async () => {
      const sweeps = await connect();
      const position = { transfersAfter: 'here', uploads: { place: 'b:data/', from: { keyMarker: 'k' } } };
      for (const day of ['1', '3', '2']) await sweeps.write(summaryOf(`2999010${day}`));
      const last = summaryOf('29990103', { position, counts: { ...noCounts, orphan: 7 } });
      await sweeps.write(last);
      await sweeps.write(last);
      expect((await sweeps.newest(2)).map(({ sweepId }) => sweepId)).toEqual(['29990103', '29990102']);
      expect(await sweeps.read('29990103')).toEqual(last);
      expect(await sweeps.read('29990104')).toBeUndefined();
    });

    it('gives a page of rows as it was written last, and of each sweep its own', async () => {
      const sweeps = await connect();
      const orphan = { endpoint: 'b', bucket: 'data', key: 'k', uploadId: 'u', initiatedAtMs: 1, aborted: false };
      const rows: SweepRow[] = [settled('one'), { outcome: 'orphan', ...orphan }];
      await sweeps.writeRows('s1', 1, [settled('one')]);
      for (let times = 0; times < 2; times += 1) await sweeps.writeRows('s1', 1, rows);
      await sweeps.writeRows('s1', 2, [settled('two')]);
      await sweeps.writeRows('s2', 1, [settled('other')]);
      expect([await sweeps.rows('s1', 1), await sweeps.rows('s1', 2)]).toEqual([rows, [settled('two')]]);
      expect([await sweeps.rows('s1', 3), await sweeps.rows('s3', 1)]).toEqual([[], []]);
    });
  });
}
