/**
 * `npm run bench:checksums` measures each implementation of a checksum: CPU seconds a GiB, and the ratio to zlib's CRC32. Each runs
 * in separate processes, in turn with the others, for several rounds. The result is the median.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { candidates } from './candidates.ts';

const MiB = 1024 * 1024;
const ROUNDS = 5;
const MEASURED_BYTES = 256 * MiB;
// After so many bytes, V8 has compiled the code.
const WARM_BYTES = 32 * MiB;
// As many bytes as a socket gives at once.
const CHUNK_BYTES = 64 * 1024;

/** The CPU seconds (user and system) that this process needs for a GiB. */
async function measure(name: string): Promise<number> {
  const start = candidates[name];
  if (!start) throw new Error(`There is no candidate "${name}".`);
  const chunk = Buffer.from(Array.from({ length: CHUNK_BYTES }, (_, index) => Math.imul(index, 2_654_435_761) >>> 13));
  const update = await start();
  const feed = (bytes: number) => {
    for (let fed = 0; fed < bytes; fed += chunk.length) update(chunk);
  };
  feed(WARM_BYTES);
  const before = process.cpuUsage();
  feed(MEASURED_BYTES);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6) * (1024 / (MEASURED_BYTES / MiB));
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function compare(): void {
  const names = Object.keys(candidates);
  const seconds = new Map(names.map((name) => [name, [] as number[]]));
  const me = fileURLToPath(import.meta.url);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names)
      seconds.get(name)?.push(Number(execFileSync(process.execPath, [me, name], { encoding: 'utf8' })));
  }
  const yardstick = medianOf(seconds.get(names[0] ?? '') ?? []);
  for (const [name, all] of seconds) {
    const median = medianOf(all);
    const ratio = (median / yardstick).toFixed(1);
    console.log(`${name.padEnd(50)} ${median.toFixed(2)} CPU s/GiB  ${ratio.padStart(5)} × CRC32`);
  }
}

const [name] = process.argv.slice(2);
if (name === undefined) compare();
else console.log(await measure(name));
