import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { lockFolder } from '../../tools/leases/lock.ts';
import { isAlive } from '../../tools/leases/processes.ts';
import { until } from './stack-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'partway-on-demand-'));
const home = join(folder, 'home');
const file = join(folder, 'disk.img');
writeFileSync(file, randomBytes(12 * MiB));
const inParts = ['--part-size', '5MiB', '--multipart-threshold', '5MiB'];

const pids = new Set<number>();

function partway(...words: string[]) {
  const child = spawn(process.execPath, ['tools/cli/main.ts', '--home', home, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pids.add(child.pid ?? 0);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  return {
    child,
    said: () => said,
    ended: once(child, 'close').then(([code]) => [code as number | null, said] as const),
  };
}
const stackPid = () => Number(JSON.parse(readFileSync(join(home, 'leases', 'stack'), 'utf8')).pid);
// They end by themselves; a failed test must not leave them behind.
afterAll(() => {
  for (const pid of pids) if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
});

describe('A command that finds no stack', () => {
  it('starts one, shares it with another command, and the stack ends when both have let it go', async () => {
    mkdirSync(home);
    writeFileSync(join(home, 'settings.json'), '{}', { mode: 0o644 });
    const both = [partway('copy', file, 'b:data/one', ...inParts), partway('copy', file, 'b:data/two', ...inParts)];
    for (const { ended } of both) expect(await ended).toEqual([0, expect.stringContaining('Copied client:disk.img')]);
    // One of the two has started the stack, and says what the stack has found.
    expect(both.map(({ said }) => said()).join('')).toMatch(/other users .* chmod 600 .*settings\.json/);
    const pid = stackPid();
    pids.add(pid);
    // It is there for a moment, and shows what was done.
    expect(await partway('list').ended).toEqual([0, expect.stringContaining('b:data/two')]);
    await until(async () => !isAlive(pid));
  });

  it('that is killed leaves the stack to the others, which ends with the last one', async () => {
    const killed = partway('copy', file, 'b:data/three', ...inParts);
    await until(async () => killed.said().includes('Transfer '));
    killed.child.kill('SIGKILL');
    pids.add(stackPid());
    expect(await partway('copy', file, 'b:data/three', ...inParts).ended).toEqual([
      0,
      expect.stringContaining('Copied'),
    ]);
    const pid = stackPid();
    pids.add(pid);
    await until(async () => !isAlive(pid));
  });

  it('pauses what it drove when it is interrupted, and the same command goes on', async () => {
    const words = [
      'copy',
      'a:data/large',
      'b:data/large',
      '--part-size',
      '5MiB',
      '--parts-at-once',
      '1',
      '--batches-at-once',
      '1',
    ];
    const large = join(folder, 'large.bin');
    writeFileSync(large, randomBytes(100 * MiB));
    expect((await partway('copy', large, 'a:data/large').ended)[0]).toBe(0);
    const copy = partway(...words);
    await until(async () => copy.said().includes('Transfer '));
    copy.child.kill('SIGINT');
    expect(await copy.ended).toEqual([130, expect.stringContaining('is paused, because the stack ends')]);
    expect((await partway(...words).ended)[0]).toBe(0);
    const pid = stackPid();
    pids.add(pid);
    await until(async () => !isAlive(pid));
  });

  it('starts one when the folder is free again, which a stack that is ending still holds', async () => {
    const unlock = lockFolder(home);
    const log = join(home, 'on-demand.log');
    rmSync(log, { force: true }); // of the test before
    const copy = partway('copy', file, 'b:data/behind', ...inParts);
    await until(async () => existsSync(log) && readFileSync(log, 'utf8').includes('FolderInUse'));
    unlock();
    expect(await copy.ended).toEqual([0, expect.stringContaining('Copied')]);
    pids.add(stackPid());
  });

  it('refuses --detach, which partway serve takes', async () => {
    const words = ['copy', 'b:data/behind', 'b:data/detached', '--detach'];
    expect(await partway(...words).ended).toEqual([2, expect.stringContaining('Start `partway serve` first')]);
    const pid = stackPid();
    pids.add(pid);
    await until(async () => !isAlive(pid));
    const serve = partway('serve');
    await until(async () => serve.said().includes('Ctrl-C stops'));
    expect((await partway(...words).ended)[0]).toBe(0);
    expect(await partway('list').ended).toEqual([0, expect.stringContaining('b:data/detached')]);
    serve.child.kill('SIGINT');
    expect((await serve.ended)[0]).toBe(0);
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
  });

  it('says what is wrong with the settings, as the stack says it', async () => {
    writeFileSync(join(home, 'settings.json'), '{ "endpoints": 7 }');
    const [code, said] = await partway('copy', file, 'b:data/four').ended;
    expect([code, said]).toEqual([2, expect.stringContaining('SettingsInvalid')]);
  });

  it('has the stores that the user has added for all folders, and says in which file', async () => {
    const config = join(folder, 'config');
    const path = join(config, 'partway', 'settings.json');
    const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
    const ceph = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', ...keys, allow: ['data'] };
    mkdirSync(join(config, 'partway'), { recursive: true });
    writeFileSync(path, JSON.stringify({ endpoints: { ceph } }));
    rmSync(join(home, 'settings.json'));
    vi.stubEnv('XDG_CONFIG_HOME', config);
    const [code, said] = await partway('endpoints').ended;
    vi.unstubAllEnvs();
    pids.add(stackPid());
    expect([code, said]).toEqual([0, expect.stringMatching(/^ceph +ceph +us-east-1 .*\n\nsettings: /ms)]);
    expect(said).toContain(`settings: ${path}\n`);
  });

  it('does not start one only to say that there is nothing', async () => {
    const nowhere = join(folder, 'nowhere');
    const { ended } = partway('list', '--home', nowhere);
    expect(await ended).toEqual([3, expect.stringContaining('NoStack')]);
  });
});
