/**
 * `npm run test:providers` runs every case against every kind of store as its provider documents it, and against three real
 * servers. It exits with 1 if a cell fails. `--json` is for programs. Give names of columns to run only those.
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
process.env.CDK_VALIDATION ??= 'false'; // other tests validate the template

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
// If the person has named a real server that cannot start, the run fails.
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
