/**
 * `npm run test:providers`: every kind of store that an endpoint may name, as its provider documents it, and the three that
 * can be had for real, against every case. Exits with 1 when a cell fails. `--json` for programs; names of columns narrow
 * it down.
 */
import { parseArgs } from 'node:util';
import { setup as takeScratch } from '../scratch.ts';
import { type ServerName, serverNames } from '../servers/servers.ts';
import { missingServers, startAll, stopAll } from '../servers/start-all.ts';
import { openBench } from './bench.ts';
import { type Cell, cellsOf } from './cells.ts';
import { columnOf, lacksOf, openRealBench } from './real-bench.ts';
import { tableText } from './table.ts';
import { tempers } from './tempers/all.ts';

process.on('exit', takeScratch());
process.env.CDK_VALIDATION ??= 'false'; // the machine is only read here; other tests validate it

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const columns = [...tempers.map(({ name }) => name), ...serverNames.map(columnOf)];
const unknown = positionals.filter((name) => !columns.includes(name));
if (unknown.length > 0) throw new Error(`No such column: ${unknown.join(', ')}. There are ${columns.join(', ')}.`);
const isAsked = (column: string) => positionals.length === 0 || positionals.includes(column);

const asked = serverNames.filter((name) => isAsked(columnOf(name)));
const missing = await missingServers(asked);
const there = asked.filter((name) => !missing.some((each) => each.name === name));

const cells: Cell[] = [];
for (const temper of tempers.filter(({ name }) => isAsked(name)))
  cells.push(...(await cellsOf(await openBench(temper))));
cells.push(...(await realCells(there)));

const notes = [
  ...there.map((name) => `${columnOf(name)} lacks: ${Object.values(lacksOf(name)).join('; ')}.`),
  ...missing.map(({ name, because }) => `NOT RUN: ${columnOf(name)}. ${because}`),
];
console.log(values.json ? JSON.stringify(cells) : tableText(cells, notes));
// Whoever names a column wants it run.
const isComplete = positionals.length === 0 || missing.length === 0;
process.exitCode = isComplete && cells.every(({ passed }) => passed) ? 0 : 1;

async function realCells(names: readonly ServerName[]): Promise<Cell[]> {
  const running = await startAll(names);
  try {
    const found: Cell[] = [];
    for (const server of running) found.push(...(await cellsOf(await openRealBench(server))));
    return found;
  } finally {
    await stopAll(running);
  }
}
