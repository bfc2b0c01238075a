import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { sha256At } from './objects.ts';
import { type StackProcess, startStackProcess, until } from './stack-process.ts';

const PART = 5 * MiB;
const inParts = ['--part-size', '5MiB', '--multipart-threshold', '5MiB', '--parts-at-once', '2'];
const folder = mkdtempSync(join(tmpdir(), 'partway-push-'));
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess(join(folder, 'home'));
});
afterAll(() => stack?.stop());

function fileOf(name: string, content: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const arrived = (key: string) => sha256At(stack.store('b'), 'data', key);

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
type Running = { readonly child: ChildProcess; readonly ended: Promise<Ended> };

/** The command line as a person has it. */
function partway(words: readonly string[], input?: Readable): Running {
  const args = ['tools/cli/main.ts', ...words, '--home', stack.home];
  const child = spawn(process.execPath, args, { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (chunk) => (said[name] += chunk));
  if (input && child.stdin) input.pipe(child.stdin).on('error', () => {});
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...said })) };
}
const run = (words: readonly string[], input?: Readable) => partway(words, input).ended;

async function partsAtStore(): Promise<number> {
  const answer = await fetch(`${stack.storeUrl('b')}/-/counters`);
  return ((await answer.json()) as { requests: Record<string, number> }).requests.UploadPart ?? 0;
}
/** Kills the command when it has sent so many parts. Gives how many the store had counted before it. */
async function killedWhenSent(words: readonly string[], parts: number, { input }: Killing = {}): Promise<number> {
  const before = await partsAtStore();
  const { child, ended } = partway(words, input);
  await until(async () => (await partsAtStore()) >= before + parts);
  child.kill('SIGKILL');
  await ended;
  return before;
}
type Killing = { readonly input?: Readable };
/** It holds its lease from the moment that it has begun to work. */
const hasBegun = ({ child }: Running) => until(async () => existsSync(join(stack.home, 'leases', `${child.pid}`)));
const newest = async () => (await stack.api.list({ limit: 1 })).transfers[0]!;

describe('partway copy of a file', () => {
  it.each([
    ['in parts', 3 * PART + 17],
    ['whole', 1000],
    ['empty', 0],
  ])('brings it to the store, %s, and runs no execution before it is there', async (name, bytes) => {
    const content = randomBytes(bytes);
    const { code, stdout } = await run(['copy', fileOf(`${name}.bin`, content), 'b:data/', ...inParts]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('CRC32')]);
    expect(await arrived(`${name}.bin`)).toBe(sha256(content));
  });

  it('that is killed goes on with the parts that are missing when it is given again', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('killed.bin', content);
    const words = ['copy', path, 'b:data/killed', ...inParts];
    const before = await killedWhenSent(words, 4);
    const { transferId, progress } = await newest();
    const recorded = (await stack.api.parts(transferId)).parts.length;
    expect(recorded).toBeGreaterThan(0);
    expect(progress.partsTotal).toBe(12);
    const { code, stdout } = await run(words);
    expect([code, stdout]).toEqual([0, expect.stringContaining(transferId)]);
    expect(await arrived('killed')).toBe(sha256(content));
    // At most the two parts that were in flight went twice.
    expect((await partsAtStore()) - before).toBeLessThanOrEqual(12 + 2);
  });

  it('says how to go on when it is interrupted, and the file may have moved by then', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('moved.bin', content);
    const before = await partsAtStore();
    const { child, ended } = partway(['copy', path, 'b:data/moved', ...inParts]);
    await until(async () => (await partsAtStore()) >= before + 3);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining('The same command goes on')]);
    mkdirSync(join(folder, 'elsewhere'));
    const moved = join(folder, 'elsewhere', 'another name.bin');
    renameSync(path, moved);
    utimesSync(moved, 1, 1);
    expect((await run(['copy', moved, 'b:data/moved', ...inParts])).code).toBe(0);
    expect(await arrived('moved')).toBe(sha256(content));
    expect((await partsAtStore()) - before).toBeLessThanOrEqual(12 + 2);
  });

  it('whose bytes are others by then sends the parts that differ again', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('edited.bin', content);
    const words = ['copy', path, 'b:data/edited', ...inParts];
    await killedWhenSent(words, 4);
    content.fill(7, PART, PART + 100); // part 2; the first and the last MiB are as they were
    writeFileSync(path, content);
    expect((await run(words)).code).toBe(0);
    expect(await arrived('edited')).toBe(sha256(content));
  });

  it('with --verify-parts sends a part again whose bytes are others, though name and time are the same', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('verified.bin', content);
    const { mtimeMs } = statSync(path);
    const words = ['copy', path, 'b:data/verified', ...inParts];
    await killedWhenSent(words, 4);
    content.fill(7, PART, PART + 100);
    writeFileSync(path, content);
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    expect((await run([...words, '--verify-parts'])).code).toBe(0);
    expect(await arrived('verified')).toBe(sha256(content));
  });

  it('that changes while it is read ends as SourceChanged, and leaves no upload', async () => {
    const content = randomBytes(20 * PART);
    const path = fileOf('changing.bin', content);
    const before = await partsAtStore();
    const { ended } = partway(['copy', path, 'b:data/changing', ...inParts]);
    await until(async () => (await partsAtStore()) > before);
    writeFileSync(path, randomBytes(20 * PART));
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('SourceChanged')]);
    const { transferId } = await newest();
    await until(async () => (await stack.api.describe(transferId)).state === 'aborted');
    expect((await stack.api.uploads({ endpoint: 'b', bucket: 'data', prefix: 'changing' })).uploads).toEqual([]);
  });

  it('is refused by name for what is no file', async () => {
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect((await run(['copy', socket, 'b:data/x'])).stderr).toContain('is a socket');
    server.close();
    expect((await run(['copy', folder, 'b:data/x'])).stderr).toContain('is a directory');
    const path = fileOf('unreadable', Buffer.from('x'));
    chmodSync(path, 0);
    // The superuser may read everything.
    if (process.getuid?.() !== 0) expect((await run(['copy', path, 'b:data/x'])).stderr).toContain('may not be read');
  });

  it('is not sent where the target must not be replaced', async () => {
    const words = ['copy', fileOf('once.bin', Buffer.from('once')), 'b:data/once', '--overwrite', 'never'];
    expect((await run(words)).code).toBe(0);
    expect(await run([...words, '--idempotency-key', 'another'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TargetExists'),
    });
  });
});

describe('partway copy of a stream', () => {
  const streamed = (content: Buffer) => Readable.from([content.subarray(0, 7), content.subarray(7)]);

  it.each([
    ['longer than a part', 3 * PART + 5],
    ['of whole parts', 2 * PART],
    ['shorter than a part', 100],
    ['empty', 0],
  ])('brings one that is %s', async (name, bytes) => {
    const content = randomBytes(bytes);
    const { code, stderr } = await run(['copy', '-', `b:data/stream ${name}`, ...inParts], streamed(content));
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(await arrived(`stream ${name}`)).toBe(sha256(content));
  });

  it('that is repeated after a kill sends nothing that is there', async () => {
    const content = randomBytes(8 * PART);
    const words = ['copy', '-', 'b:data/repeated', ...inParts];
    const before = await killedWhenSent(words, 4, { input: streamed(content) });
    expect((await run(words, streamed(content))).code).toBe(0);
    expect(await arrived('repeated')).toBe(sha256(content));
    expect((await partsAtStore()) - before).toBeLessThanOrEqual(8 + 2);
  });

  it('never says that it arrived when another one did', async () => {
    const contents = [randomBytes(6 * PART), randomBytes(6 * PART)];
    const words = ['copy', '-', 'b:data/both', ...inParts];
    const ends = await Promise.all(contents.map((content) => run(words, streamed(content))));
    const there = await arrived('both').catch(() => 'nothing');
    ends.forEach(({ code, stderr }, index) => {
      if (code === 0) expect(there).toBe(sha256(contents[index]!));
      else expect(stderr).toMatch(/TargetChanged|Damaged|Cancelled|TargetBusy|Ended|UploadLost|PartsMissing/);
    });
    // What stopped both was an abort; the key is free again.
    await until(async () => (await newest()).state !== 'copying');
    expect((await run(words, streamed(contents[0]!))).code).toBe(0);
    expect(await arrived('both')).toBe(sha256(contents[0]!));
  });

  it('is told apart from one that was pushed before with the same Idempotency-Key', async () => {
    const words = ['copy', '-', 'b:data/keyed', ...inParts, '--idempotency-key', 'keyed'];
    const [first, second] = [randomBytes(3 * PART), randomBytes(3 * PART)];
    expect((await run(words, streamed(first))).code).toBe(0);
    expect(await run(words, streamed(second))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TargetChanged'),
    });
    expect((await run(words, streamed(first))).code).toBe(0);
    expect(await arrived('keyed')).toBe(sha256(first));
  });

  it('that says nothing is let go on Ctrl-C', async () => {
    const silent = new Readable({ read: () => {} });
    silent.push(Buffer.alloc(100));
    const running = partway(['copy', '-', 'b:data/silent', ...inParts], silent);
    await hasBegun(running);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    silent.destroy();
  });

  it('from a pipe that nobody writes into is let go on Ctrl-C, and one that is written arrives', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = partway(['copy', pipe, 'b:data/piped', ...inParts]);
    await hasBegun(running);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const content = randomBytes(2 * PART + 1);
    const arriving = run(['copy', pipe, 'b:data/piped', ...inParts]);
    await writeFile(pipe, content);
    expect((await arriving).code).toBe(0);
    expect(await arrived('piped')).toBe(sha256(content));
  });

  it('needs a whole target key', async () => {
    const { code, stderr } = await run(['copy', '-', 'b:data/'], streamed(Buffer.from('x')));
    expect([code, stderr]).toEqual([2, expect.stringContaining('A stream has no name')]);
  });
});
