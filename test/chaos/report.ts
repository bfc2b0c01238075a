import { bytesText } from '../../tools/cli/options/units.ts';
import type { ChaosFacts } from './chaos.ts';
import { isOrphan } from './leftovers.ts';
import type { Verdict } from './verdict.ts';

/** A report for a person: the transfers, the kills, the uploads that were left, and the broken laws. */
export function reportText(facts: ChaosFacts, verdict: Verdict, broken: readonly string[]): string {
  const { kills, transfers, identical, resumed, bytes, bytesResent, bytesResentBound, seconds } = verdict;
  const orphans = facts.leftovers.map(
    (each) => `${isOrphan(each) ? 'never used' : `open, ${each.parts} parts`}: ${each.store}, "${each.key}"`,
  );
  return `
${waysText(facts)}
${killsText(facts)}
  killed                 ${kills.lambda} Lambdas, ${kills.stack} times the whole stack (seed ${verdict.seed}, ${seconds} s)
  transfers              ${transfers}, of which ${identical} identical by SHA-256; ${bytesText(bytes)}
  resumed by a person    ${resumed}
  sent again             ${bytesText(bytesResent)}; at most ${bytesText(bytesResentBound)} were in flight when somebody died
  uploads left           ${verdict.uploadsLeft}
  uploads never used     ${verdict.orphans}; ${facts.kills.initiates} Initiates were killed
${[...orphans, ...broken.map((sentence) => `DOES NOT HOLD: ${sentence}`)].map((line) => `  ${line}\n`).join('')}`;
}

function waysText({ driven }: ChaosFacts): string {
  const ways = Map.groupBy(driven, ({ order }) => `${order.from} to ${order.to}, ${order.kind}`);
  const rows = [...ways].sort().map(([way, all]) => {
    const sum = (count: (each: (typeof all)[number]) => number | undefined) =>
      all.reduce((total, each) => total + (count(each) ?? 0), 0);
    return [
      way,
      String(all.length),
      String(sum(({ isIdentical }) => Number(isIdentical))),
      bytesText(sum(({ order }) => order.source.bytes)),
      bytesText(sum(({ view }) => view.receipt?.bytesResent)),
      String(sum(({ view }) => view.receipt?.retries)),
      String(sum(({ view }) => view.receipt?.rounds)),
      String(sum(({ resumed }) => resumed)),
    ];
  });
  const head = ['way', 'transfers', 'identical', 'size', 'sent again', 'retries', 'rounds', 'resumed'];
  return tableText([head, ...rows]);
}

function killsText({ kills }: ChaosFacts): string {
  const rows = [...kills.byFunction].sort(([, one], [, other]) => other - one);
  return tableText([['died at work', 'times'], ...rows.map(([name, count]) => [name, String(count)])]);
}

/** The first column has words, the others have numbers. */
function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return rows.map((row) => `  ${line(row).join('  ')}\n`).join('');
}
