import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from './stack-process.ts';

const { execPath } = process;
const run = 'test/e2e/fixture/run.mjs';
const newHome = () => mkdtempSync(join(tmpdir(), 'partway-e2e-endings-'));
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/e2e/fixture/endless.config.ts'];

describe('When its parent is ended, no process stays behind', () => {
  it.each([
    ['npm run local', 'SIGKILL', execPath, [run, 'tools/local/main.ts', newHome()]],
    ['npm start', 'SIGKILL', execPath, [run, 'tools/start/main.ts', '--no-kill', '--home', newHome()]],
    ['npm itself', 'SIGKILL', 'npm', ['exec', '--call', `node ${run} tools/local/main.ts ${newHome()}`]],
    ['npm itself', 'SIGTERM', 'npm', ['exec', '--call', `node ${run} tools/local/main.ts ${newHome()}`]],
    ['a run of tests', 'SIGKILL', execPath, vitest],
    ['a run of tests', 'SIGTERM', execPath, vitest],
    ['a run of tests', 'SIGINT', execPath, vitest],
  ] as const)('of %s, by %s', async (_what, signal, command, words) => {
    const env = { ...process.env, ENDLESS_HOME: newHome(), CDK_VALIDATION: 'false' };
    const parent = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
    onTestFinished(() => void parent.kill('SIGKILL'));
    let said = '';
    for (const output of [parent.stdout, parent.stderr]) output.on('data', (chunk) => (said += chunk));
    await until(async () => {
      if (parent.exitCode !== null) throw new Error(`It ended too early: ${said}`);
      return /Ctrl-C stops|It is up/.test(said);
    });
    const children = below(parent.pid ?? 0);
    expect(children.length, said).toBeGreaterThan(2); // the stack and its two stores
    parent.kill(signal);
    await until(async () => living().every(({ pid }) => pid !== parent.pid && !children.includes(pid)));
  });
});

type Living = { readonly pid: number; readonly parent: number };

/** All processes of this computer, without those that have ended and that nobody has asked about yet. */
function living(): Living[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((line) => line.trim().split(/\s+/));
  return all
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

function below(ancestor: number): number[] {
  const all = living();
  const childrenOf = (of: number): number[] =>
    all.filter(({ parent }) => parent === of).flatMap(({ pid }) => [pid, ...childrenOf(pid)]);
  return childrenOf(ancestor);
}
