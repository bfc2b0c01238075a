import type { SweepRow, SweepView } from '../../../functions/transfer/sweep-report.ts';
import { counted } from '../options/units.ts';
import { rowsText } from './receipt.ts';
import { tableText } from './tables.ts';

type Report = Omit<SweepView, 'after'>;

/** The report of a sweep, for a person to read. Ends with a line break. */
export function sweepText(report: Report, columns?: number): string {
  const { sweepId, dryRun, startedAt, transfersLookedAt, uploadsLookedAt, counts, rows } = report;
  const aborted = rows.filter((row) => row.outcome === 'orphan' && row.aborted).length;
  const head = rowsText([
    ['sweep', dryRun ? `${sweepId}, a rehearsal: nothing was changed` : sweepId],
    ['began (UTC)', secondOf(startedAt)],
    ['ended (UTC)', endText(report)],
    ['looked at', `${counted(transfersLookedAt, 'transfer')}, ${counted(uploadsLookedAt, 'open upload')}`],
    ['given up', counted(counts.givenUp, 'transfer')],
    ['settled', counted(counts.settled, 'transfer')],
    ['orphans', `${counted(counts.orphan, 'upload')}, ${aborted.toLocaleString('en-US')} aborted`],
    ['skipped', counts.skipped.toLocaleString('en-US')],
    ['not looked at', leftText(report)],
  ]);
  if (rows.length === 0) return head;
  return `${head}\n${tableText([['outcome', 'what', 'details'], ...rows.map(cellsOf)], columns)}`;
}

function endText({ finishedAt }: Report): string {
  if (finishedAt !== undefined) return secondOf(finishedAt);
  return "not yet: it still runs, or it crashed (then the log of the function 'sweep' says why)";
}

function leftText({ dryRun, counts: { notLookedAt } }: Report): string {
  const count = notLookedAt.toLocaleString('en-US');
  return notLookedAt > 0 && !dryRun ? `${count}; the next sweep begins there` : count;
}

const secondOf = (time: string): string => time.slice(0, 19).replace('T', ' ');

function cellsOf(row: SweepRow): [string, string, string] {
  switch (row.outcome) {
    case 'givenUp':
      return ['given up', row.transferId, row.target];
    case 'settled':
      return ['settled', row.transferId, 'Partway had missed the end of its execution; `partway resume` continues it'];
    case 'orphan': {
      const begun = new Date(row.initiatedAtMs).toISOString().slice(0, 10);
      const place = `${row.endpoint}:${row.bucket}/${row.key}`;
      return [row.aborted ? 'aborted' : 'orphan', row.uploadId, `begun ${begun}, ${place}`];
    }
    case 'skipped':
      return ['skipped', row.what, row.why];
    case 'notLookedAt':
      return ['not looked at', row.what, row.why];
  }
}
