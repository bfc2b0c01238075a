import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lockFolder } from '../../tools/leases/lock.ts';
import { bootOf, startTimeOf } from '../../tools/leases/start-time.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'partway-lock-'));
const dead = () => ({ id: 'dead', pid: spawnSync(process.execPath, ['--version']).pid });
/** Runs a program as a container does: it is process 1, and sees no process outside. */
const container = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const hasContainers = spawnSync(container[0]!, [...container.slice(1), 'true']).status === 0;
const write = (path: string, owner: object) => writeFileSync(path, JSON.stringify(owner));

type Racer = { readonly child: ChildProcess; readonly lines: AsyncIterator<string> };

/** A process that tries to take a folder at a given moment. */
async function racer(inContainer: readonly string[] = []): Promise<Racer> {
  const program = fileURLToPath(new URL('./fixture/lock-racer.ts', import.meta.url));
  const [command = '', ...words] = [...inContainer, process.execPath, program];
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return { child, lines };
}

type Outcome = { readonly pid: number | undefined; readonly has: boolean; readonly message?: string };

async function tryAt({ child, lines }: Racer, directory: string, atMs: number): Promise<Outcome> {
  child.stdin?.write(`${JSON.stringify({ directory, atMs })}\n`);
  return { pid: child.pid, ...JSON.parse((await lines.next()).value) };
}

describe('The lock of a folder', () => {
  it('is refused to a second owner, and the error names the pid and what to do', () => {
    const directory = folder();
    const release = lockFolder(directory);
    const refused = expect.objectContaining({
      name: 'FolderInUse',
      message: expect.stringMatching(`${directory} .*process ${process.pid} .kill ${process.pid} stops it`),
    });
    expect(() => lockFolder(directory)).toThrow(refused);
    release();
    lockFolder(directory)();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is refused while another process has it, and can be taken after that process was killed', async () => {
    const directory = folder();
    const { child, lines } = await racer();
    expect(await tryAt({ child, lines }, directory, 0)).toMatchObject({ has: true });
    expect(() => lockFolder(directory)).toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(directory)();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(['that is free', 'whose owner was killed', 'whose owner was killed, and the next one on the way to it'])(
    'is given to exactly one of five processes that want a folder at once %s, and the others name its owner',
    async (state) => {
      const racers = await Promise.all(Array.from({ length: 5 }, () => racer()));
      for (let round = 0; round < 40; round += 1) {
        const directory = folder();
        if (state !== 'that is free') write(join(directory, 'lock'), dead());
        if (state.includes('next')) write(join(directory, 'lock.dead'), { ...dead(), id: 'also dead' });
        const atMs = Date.now() + 20;
        const outcomes = await Promise.all(racers.map((each) => tryAt(each, directory, atMs)));
        const [winner, ...more] = outcomes.filter(({ has }) => has);
        expect(more).toEqual([]);
        for (const { has, message } of outcomes) if (!has) expect(message).toContain(`process ${winner?.pid} `);
        expect(readdirSync(directory)).toEqual(['lock']);
      }
    },
  );

  it.runIf(process.platform === 'linux').each([
    ['belongs to another process by now', { startTime: '1', boot: bootOf() }],
    ['belonged to a process of an earlier boot', { startTime: startTimeOf(process.pid), boot: 'earlier' }],
    ['belongs to another process by now, as earlier versions wrote it', { id: undefined, startTime: '1' }],
  ])('can be taken if its pid %s', (_, more) => {
    const directory = folder();
    write(join(directory, 'lock'), { id: 'old', pid: process.pid, ...more });
    lockFolder(directory)();
  });

  it.runIf(hasContainers)('is refused to a container while a process in another container has it', async () => {
    const directory = folder();
    const [one, other] = await Promise.all([racer(container), racer(container)]);
    expect(await tryAt(one, directory, 0)).toMatchObject({ has: true });
    const message = expect.stringMatching(`^FolderInUse: ${directory} is in use by process 1 of another container`);
    expect(await tryAt(other, directory, 0)).toMatchObject({ has: false, message });
    expect(() => lockFolder(directory)).toThrow('of another container');
  });

  it('can be taken if a process in another container has not renewed it for 30 seconds', () => {
    const directory = folder();
    const path = join(directory, 'lock');
    write(path, { id: 'other', pid: process.pid, space: 'pid:[1]' });
    expect(() => lockFolder(directory)).toThrow('of another container');
    const before = new Date(Date.now() - 31_000);
    utimesSync(path, before, before);
    lockFolder(directory)();
  });

  it('is renewed while it is held', () => {
    vi.useFakeTimers({ now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const directory = folder();
    const release = lockFolder(directory);
    vi.advanceTimersByTime(6000);
    expect(statSync(join(directory, 'lock')).mtimeMs).toBeGreaterThan(Date.now() - 5000);
    release();
  });

  it('is not given back by a process that another one has replaced', () => {
    const directory = folder();
    const path = join(directory, 'lock');
    const release = lockFolder(directory);
    write(path, { id: 'other', pid: process.pid });
    release();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ id: 'other' });
  });

  it.each(['', '{"id":"ha', '{"pid":0}'])('can be taken if a power failure has left only %j of it', (content) => {
    const directory = folder();
    writeFileSync(join(directory, 'lock'), content);
    lockFolder(directory)();
    expect(readdirSync(directory)).toEqual([]);
  });
});
