/**
 * `npm run bench` measures what a copy costs its client, compared with what people use today: the same object, the same
 * servers and part size, in the same run, in turn and several times. CPU seconds and memory are those that Linux reports for
 * the client alone. `--quick` measures only Partway and rclone between the embedded stores. `--docs` writes the tables and the
 * picture into docs/.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GiB } from '../../../functions/transfer/values/sizes.ts';
import { ensureBucket, putObject } from '../../e2e/objects.ts';
import type { Cost } from './cost.ts';
import { ways } from './peers.ts';
import { machine, pictureOf, type Result, type Row, resultsOf, tablesOf } from './report.ts';
import { clientOf } from './sides.ts';
import type { Way } from './way.ts';
import { startWorlds, type World, type Worlds, worldNames } from './worlds.ts';

const { values } = parseArgs({
  options: {
    gib: { type: 'string' },
    rounds: { type: 'string' },
    servers: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const gib = Number(values.gib ?? (values.quick ? 0.5 : 2));
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const wanted = (values.servers ?? (values.quick ? 'embedded' : worldNames.join(','))).split(',');
const names = worldNames.filter((name) => wanted.includes(name));
if (!(gib > 0 && gib <= 100 && Number.isInteger(rounds) && rounds > 0) || names.length !== wanted.length) {
  console.error(`--gib takes up to 100, --rounds a whole number, --servers some of ${worldNames.join(', ')}.`);
  process.exit(2);
}
const bytes = Math.round(gib * GiB);
// A store without bytes reads the size from the name.
const from = `${bytes}-bytes`;

async function measure({ worlds, stack }: Worlds, chosen: readonly Way[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const world of worlds) {
    await prepare(world);
    const costs = new Map<Way, Cost[]>(chosen.map((way) => [way, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const [index, way] of chosen.entries()) {
        console.error(`${world.name}, round ${round + 1} of ${rounds}: ${way.name}`);
        const cost = await way.copy({ ...world, stack, from, to: `copy-${index}-${round}`, bytes });
        costs.get(way)?.push(cost);
      }
    for (const [{ name, verifies }, all] of costs) rows.push({ world, way: name, verifies, costs: all });
  }
  return rows;
}

async function prepare({ source, target }: World): Promise<void> {
  if (source.isNull) return;
  for (const side of [source, target]) await ensureBucket(clientOf(side), side.bucket);
  await putObject(clientOf(source), source.bucket, from, bytes);
}

function tell(results: readonly Result[]): void {
  for (const { world, way, cpuSecondsPerGib: cpu, toRclone, secondsPerGib, peakMiB } of results) {
    const ratio = toRclone === undefined ? '' : `${toRclone.toFixed(2)} × rclone`;
    console.log(
      `${world.padEnd(13)} ${way.padEnd(25)} ${cpu.median.toFixed(2)} CPU s/GiB  ${ratio.padEnd(13)}  ${secondsPerGib.toFixed(1)} s/GiB  ${peakMiB.toFixed(0)} MiB`,
    );
  }
}

/** Replaces what stands between two marks of docs/benchmarks.md. */
function writeDocs(results: readonly Result[]): void {
  const path = new URL('../../../docs/benchmarks.md', import.meta.url);
  const [begin, end] = ['<!-- npm run bench -- --docs writes this -->', '<!-- end -->'];
  const day = new Date().toISOString().slice(0, 10);
  const how = `\`npm run bench -- --docs\` (${day}, ${machine()}): ${gib} GiB in parts of 64 MiB, four at once, ${rounds} rounds. The tables have the median, and in brackets the least and the most.`;
  const text = readFileSync(path, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const [, after = ''] = rest.split(end);
  const picture = '![CPU seconds a GiB of each program](bench-copy.svg)';
  writeFileSync(path, `${before}${begin}\n\n${how}\n\n${picture}\n\n${tablesOf(results)}\n\n${end}${after}`);
  writeFileSync(new URL('../../../docs/bench-copy.svg', import.meta.url), pictureOf(results));
}

const folder = mkdtempSync(join(tmpdir(), 'partway-bench-'));
const chosen = ways().filter(
  ({ name }) => (values.quick ? /^(Partway|rclone)/ : /./).test(name) && name.includes(values.only),
);
const worlds = await startWorlds(folder, names);
try {
  const results = resultsOf(await measure(worlds, chosen), gib);
  if (values.json) console.log(JSON.stringify({ gib, rounds, machine: machine(), results }));
  else tell(results);
  if (values.docs) writeDocs(results);
} finally {
  await worlds.stop();
  rmSync(folder, { recursive: true, force: true });
}
