/**
 * `npm run test:providers`: every kind of store that an endpoint may name, as its provider documents it, against every
 * case. Exits with 1 when a cell fails. `--json` for programs; names of providers narrow it down.
 */
import { parseArgs } from 'node:util';
import { setup as takeScratch } from '../scratch.ts';
import { type Cell, cellsOf } from './cells.ts';
import { tableText } from './table.ts';
import { tempers } from './tempers/all.ts';

process.on('exit', takeScratch());
process.env.CDK_VALIDATION ??= 'false'; // the machine is only read here; other tests validate it

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !tempers.some((temper) => temper.name === name));
if (unknown.length > 0) throw new Error(`No such provider: ${unknown.join(', ')}.`);

const cells: Cell[] = [];
for (const temper of tempers.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  cells.push(...(await cellsOf(temper)));
}
console.log(values.json ? JSON.stringify(cells) : tableText(cells));
process.exitCode = cells.every(({ passed }) => passed) ? 0 : 1;
