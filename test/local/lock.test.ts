import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockFolder } from '../../tools/leases/lock.ts';
import { bootOf, startTimeOf } from '../../tools/leases/start-time.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'partway-lock-'));
const dead = () => ({ id: 'dead', pid: spawnSync(process.execPath, ['--version']).pid });
const write = (path: string, owner: object) => writeFileSync(path, JSON.stringify(owner));

type Racer = { readonly child: ChildProcess; readonly lines: AsyncIterator<string> };

/** A process that tries to take a folder at a given moment. */
async function racer(): Promise<Racer> {
  const program = fileURLToPath(new URL('./fixture/lock-racer.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
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
      const racers = await Promise.all(Array.from({ length: 5 }, racer));
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

  it.each(['', '{"id":"ha', '{"pid":0}'])('can be taken if a power failure has left only %j of it', (content) => {
    const directory = folder();
    writeFileSync(join(directory, 'lock'), content);
    lockFolder(directory)();
    expect(readdirSync(directory)).toEqual([]);
  });
});
