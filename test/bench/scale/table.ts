import { usdOf } from '../../../functions/transfer/budgets/cost.ts';
import { GiB, KiB, MiB, sizeText } from '../../../functions/transfer/values/sizes.ts';
import type { PlanMeasured } from './measure-plan.ts';
import type { Counted } from './run.ts';

const columns: readonly (readonly [title: string, cell: (row: Counted) => string])[] = [
  ['object', ({ objectBytes }) => sizeText(objectBytes)],
  ['parts', ({ parts }) => whole(parts)],
  ['batches', ({ batches }) => whole(batches)],
  ['events', ({ events }) => whole(events)],
  ['states', ({ counted }) => whole(counted.transitions)],
  ['Lambda calls', ({ counted }) => whole(counted.lambdaRequests)],
  ['write units', ({ counted }) => whole(counted.writes)],
  ['read units', ({ counted }) => whole(counted.reads)],
  ['largest payload', ({ payloadBytes }) => `${(payloadBytes / KiB).toFixed(1)} KiB`],
  ['USD', ({ counted }) => significant(usdOf(counted))],
  ['USD a GiB', (row) => (row.objectBytes < GiB ? '–' : significant(usdPerGiB(row)))],
  ['formula', ({ counted, computed }) => percent(usdOf(computed) / usdOf(counted) - 1)],
];

export const usdPerGiB = ({ objectBytes, counted }: Counted): number => usdOf(counted) / (objectBytes / GiB);

/** As Markdown. */
export function tableOf(rows: readonly Counted[]): string {
  const lines = [
    columns.map(([title]) => title),
    columns.map(() => '---'),
    ...rows.map((row) => columns.map(([, cell]) => cell(row))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function planText({ rows, ms, residentBytes, residentBytesAtNone }: PlanMeasured): string {
  const more = Math.max(0, residentBytes - residentBytesAtNone) / MiB;
  return `A Plan that reads the rows of ${whole(rows)} parts takes ${(ms / 1000).toFixed(2)} s, with the table in dynalite on the same computer, and its time included (median of 5). Its process has ${more.toFixed(0)} MiB more than without rows.`;
}

const whole = (number: number): string => number.toLocaleString('en-US');
const significant = (usd: number): string => String(Number(usd.toPrecision(2)));
const percent = (share: number): string => `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} %`;
