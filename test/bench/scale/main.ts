/**
 * `npm run bench:scale` copies objects of 1 MiB to 48.8 TiB by the synthesized state machine and the engine, without
 * their bytes. It counts what AWS would bill, compares that with functions/transfer/budgets/cost.ts, and writes the table
 * and the picture of docs/limits-and-cost.md. `-- --json` prints everything that was counted, and writes nothing. `-- --quick` leaves
 * out what is larger than 100 GiB, and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { profiles } from '../../../functions/providers/profiles.ts';
import { GiB, MiB, sizeText, TiB } from '../../../functions/transfer/values/sizes.ts';
import { drawScale } from './draw.ts';
import { measurePlan } from './measure-plan.ts';
import { type Counted, runScale } from './run.ts';
import { planText, tableOf } from './table.ts';

const { part } = profiles.aws;
// The smallest goes as one request. The largest has as many of the largest parts as AWS takes.
const LARGEST = part.partCountMax * part.partBytesMax;
const sizes = [MiB, GiB, 10 * GiB, 100 * GiB, TiB, 5 * TiB, LARGEST];

const page = new URL('../../../docs/limits-and-cost.md', import.meta.url);
const picture = new URL('../../../docs/scale.svg', import.meta.url);
const isJson = process.argv.includes('--json');
const isQuick = process.argv.includes('--quick');

const all: Counted[] = [];
for (const bytes of sizes.filter((each) => !isQuick || each <= 100 * GiB)) {
  const startedMs = performance.now();
  all.push(await runScale(bytes));
  console.error(`${sizeText(bytes)}: counted in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
const plan = await measurePlan(LARGEST);

if (isJson) {
  console.log(JSON.stringify({ sizes: all, plan }, undefined, 2));
} else {
  const table = tableOf(all);
  console.log(`${table}\n\n${planText(plan)}`);
  if (!isQuick) write(table);
}

function write(table: string): void {
  writeFileSync(picture, drawScale(all));
  writeFileSync(page, withMade(readFileSync(page, 'utf8'), `${table}\n\n${planText(plan)}`));
}

/** The page with a new text between the marks. */
function withMade(text: string, made: string): string {
  const marks = /(<!-- npm run bench:scale -->\n)[\s\S]*(\n<!-- end -->)/;
  if (!marks.test(text)) throw new Error('docs/limits-and-cost.md has lost the marks of npm run bench:scale.');
  return text.replace(marks, (_, before, after) => `${before}\n${made}\n${after}`);
}
