/**
 * `npm run test:fresh` runs each script of package.json in its own fresh clone, on the Node that is installed here. It exits
 * with 1 if a script fails. Each script takes about a minute. Give names to run only those scripts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const scripts: readonly string[] = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts);

/** Arguments after `--` that make a script shorter, for example only some files of tests. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  test: ['test/unit'],
  synth: ['-c', 'config=partway.example.json'],
  deploy: ['--help'],
  history: ['--help'],
  'test:providers': ['minio'],
  chaos: ['--kills', '2'],
  'bench:scale': ['--quick'],
  burst: ['--arrivals', '10', '--divisor', '100'],
  simulate: ['--runs', '50'],
  'simulate:mutations': ['a redrive does not forgive'],
};
/** Scripts that run until we stop them. We stop each of them after it has printed this text. */
const untilStopped: Readonly<Record<string, string>> = { local: 'Ctrl-C stops' };
// We leave out test:fresh, which would run itself, and prepack, which npm runs when it packs.
const left = ['test:fresh', 'prepack'];

const asked = process.argv.slice(2);
const chosen = scripts.filter((name) => (asked.length > 0 ? asked.includes(name) : !left.includes(name)));
const failed: string[] = [];
for (const name of chosen) {
  const startedMs = performance.now();
  const { code, said } = await runFresh(name);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  npm run ${name}  ${seconds} s`);
  if (code === 0) continue;
  failed.push(name);
  console.log(said.slice(-3000));
}
process.exitCode = failed.length === 0 ? 0 : 1;

async function runFresh(name: string): Promise<{ code: number; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'partway-fresh-'));
  try {
    const cloned = await ran('git', ['clone', '--quiet', root, folder], root);
    if (cloned.code !== 0) return cloned;
    return await ran('npm', ['run', name, '--', ...(parameters[name] ?? [])], folder, untilStopped[name]);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function ran(command: string, given: readonly string[], cwd: string, last?: string) {
  // npm has put node_modules/.bin first in PATH for this script. A fresh clone has no such folder, so we leave it out.
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const child = spawn(command, given, { cwd, env: { ...process.env, PATH: path.join(':') }, detached: true });
  const end = () => {
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    process.exit(130);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  let said = '';
  const hear = (chunk: Buffer) => {
    said += chunk;
    if (last !== undefined && said.includes(last)) process.kill(-(child.pid ?? 0), 'SIGINT');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [code] = await once(child, 'close');
  process.off('SIGINT', end).off('SIGTERM', end);
  // For an interrupted script, npm returns a signal or its own code. We have interrupted it ourselves, so that is no failure.
  return { code: last !== undefined && said.includes(last) ? 0 : Number(code ?? 1), said };
}
