import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { until } from './stack-process.ts';

// Every write to it fails with ENOSPC. Linux has it.
const FULL = '/dev/full';

function start(home: string) {
  const tied = ['--import', new URL('../../tools/ends-with-its-parent.mjs', import.meta.url).href];
  const env = { ...process.env, CDK_VALIDATION: 'false' };
  const child = spawn(process.execPath, [...tied, 'tools/local/main.ts', home], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.resume();
  return {
    child,
    ended: Promise.all([text(child.stderr), once(child, 'exit')]).then(([said, [code]]) => ({ said, code })),
  };
}

const named = {
  code: 2,
  said: expect.stringMatching(/^DiskFull: The disk is full, .*\nWhat to do: Make room on the disk/),
};

it.runIf(existsSync(FULL))(
  'A full disk ends the stack by name, leaves nothing behind, and with room it goes on',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-full-'));
    // The keys cannot be written, so it does not start.
    symlinkSync(FULL, join(home, 'identity.json.new'));
    expect(await start(home).ended).toEqual(named);
    unlinkSync(join(home, 'identity.json.new'));
    // The log cannot be written, which the running stack notices in the background.
    mkdirSync(join(home, 'logs'), { mode: 0o700 });
    symlinkSync(FULL, join(home, 'logs', 'functions.log'));
    const { ended } = start(home);
    const api = apiClient(localApi(home));
    await until(async () => existsSync(join(home, 'stack.json')));
    await api
      .start({
        source: { endpoint: 'a', bucket: 'data', key: 'x' },
        target: { endpoint: 'b', bucket: 'data', key: 'y' },
      })
      .catch(() => {});
    expect(await ended).toEqual(named);
    expect(readdirSync(home).filter((name) => /lock|stack\.json/.test(name))).toEqual([]);
    unlinkSync(join(home, 'logs', 'functions.log'));
    const { child, ended: again } = start(home);
    await until(async () => existsSync(join(home, 'stack.json')));
    expect(await api.list()).toBeDefined();
    // Nobody else may read what the stack keeps: rows, logs, keys, bytes.
    const kept = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('cdk.out'));
    expect(statSync(home).mode & 0o077).toBe(0);
    expect(kept.filter((name) => (lstatSync(join(home, name)).mode & 0o077) !== 0)).toEqual([]);
    child.kill('SIGTERM');
    expect(await again).toMatchObject({ code: 0 });
  },
);
