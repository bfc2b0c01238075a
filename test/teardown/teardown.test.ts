import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

/** A folder with a pipe that nobody writes. Whoever reads it waits for ever, and no timer of that thread runs meanwhile. */
function folderWithPipe(): { folder: string; pipe: string } {
  const folder = mkdtempSync(join(tmpdir(), 'partway-teardown-'));
  const pipe = join(folder, 'settings.json');
  execFileSync('mkfifo', [pipe]);
  return { folder, pipe };
}

/** Runs a program in a process of its own, because this test would hang with it. */
async function run(program: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code, signal] = await once(child, 'close');
  return { code, signal, said };
}

it('The search for secrets ends in a folder where a test has left a pipe', async () => {
  const { folder } = folderWithPipe();
  const search = `import { leaksBelow } from '../leaks.ts'; console.log(leaksBelow(${JSON.stringify(folder)}));`;
  const watched = `import { killUnlessEnded } from './in-time.ts'; await killUnlessEnded('the search', 60_000); ${search}`;
  expect(await run(watched)).toEqual({ code: 0, signal: null, said: '[]\n' });
});

it('An end of a run that blocks its thread is killed, and named', async () => {
  const { pipe } = folderWithPipe();
  const { signal, said } = await run(`
    import { readFileSync } from 'node:fs';
    import { inTime } from './in-time.ts';
    await inTime('the search of logs', () => readFileSync(${JSON.stringify(pipe)}), 500);
  `);
  expect([signal, said]).toEqual([
    'SIGKILL',
    'TeardownTooSlow: the search of logs was not over after 0.5 s, so this run was killed.\n',
  ]);
});

it('An end of a run that is over in time is left alone', async () => {
  const { code, said } = await run(`
    import { inTime } from './in-time.ts';
    console.log(await inTime('nothing', async () => 'done', 60_000));
  `);
  expect([code, said]).toEqual([0, 'done\n']);
});
