import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutation, mutations } from './mutation-list.ts';

/**
 * Breaks a copy of the product on purpose, one fault at a time, and checks that the simulation finds each. If it does
 * not find a fault, the simulation misses something, or the broken line is not needed.
 * node test/simulation/mutations.ts [words of a name]
 */
const SEEDS_MAX = 10_000;
const ONE_MS_MAX = 1_800_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const needed = [
  'functions',
  'infra',
  'test',
  'tools',
  'dist',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'cdk.json',
];
const scratch = mkdtempSync(join(tmpdir(), 'partway-mutations-'));

try {
  process.exitCode = runAll(process.argv.slice(2).join(' ')) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function runAll(words: string): boolean {
  for (const name of needed)
    if (existsSync(join(root, name))) cpSync(join(root, name), join(scratch, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  const chosen = mutations.filter(({ name }) => name.includes(words));
  for (const mutation of chosen) withEdits(mutation, () => {}); // Every text must be found before the first run.
  const unbroken = failing(['--runs', String(SEEDS_MAX)]);
  process.stdout.write(`Without a mutation ${unbroken.length} of ${SEEDS_MAX} seeds fail; these do not count.\n`);
  let survivors = 0;
  for (const mutation of chosen) {
    const args = ['--runs', String(SEEDS_MAX), '--first', '--except', unbroken.join(',')];
    const seed = withEdits(mutation, () => failing(args))[0];
    if (seed === undefined) survivors += 1;
    process.stdout.write(`${mutation.name.padEnd(64)} ${seed === undefined ? 'SURVIVED' : `seed ${seed}`}\n`);
  }
  process.stdout.write(`${chosen.length - survivors} of ${chosen.length} were found.\n`);
  return survivors === 0;
}

/** The seeds that fail in the present state of the copy. */
function failing(args: readonly string[]): number[] {
  const run = spawnSync(process.execPath, ['test/simulation/main.ts', '--json', ...args], {
    cwd: scratch,
    encoding: 'utf8',
    timeout: ONE_MS_MAX,
    maxBuffer: 1024 ** 3,
    env: { ...process.env, TMPDIR: scratch },
  });
  const last = run.stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`The simulation did not run: ${run.stderr.slice(-2000)}`);
  return (JSON.parse(last) as { failed: number[] }).failed;
}

function withEdits<T>({ name, edits }: Mutation, work: () => T): T {
  const files = [...new Set(edits.map(({ file }) => file))];
  const originals = files.map((file) => ({
    path: join(scratch, file),
    text: readFileSync(join(scratch, file), 'utf8'),
  }));
  try {
    for (const { file, before, after } of edits) {
      const path = join(scratch, file);
      const text = readFileSync(path, 'utf8');
      if (text.split(before).length !== 2) throw new Error(`"${name}": not found exactly once in ${file}: ${before}`);
      writeFileSync(
        path,
        text.replace(before, () => after),
      );
    }
    return work();
  } finally {
    for (const { path, text } of originals) writeFileSync(path, text);
  }
}
