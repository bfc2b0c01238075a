import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Commands, commandsOn, sha256 } from './commands.ts';
import { type StackProcess, startStackProcess, until } from './stack-process.ts';

const PART = 5 * MiB;
const inParts = ['--part-size', '5MiB', '--multipart-threshold', '5MiB', '--parts-at-once', '2'];
const folder = mkdtempSync(join(tmpdir(), 'partway-push-'));
let stack: StackProcess;
let commands: Commands;

beforeAll(async () => {
  stack = await startStackProcess(join(folder, 'home'));
  commands = commandsOn(stack);
});
afterAll(() => stack?.stop());

function fileOf(name: string, content: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
describe('partway copy of a file', () => {
  it.each([
    ['in parts', 3 * PART + 17],
    ['whole', 1000],
    ['empty', 0],
  ])('brings it to the store, %s, and runs no execution before it is there', async (name, bytes) => {
    const content = randomBytes(bytes);
    const { code, stdout } = await commands.run(['copy', fileOf(`${name}.bin`, content), 'b:data/', ...inParts]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('CRC32')]);
    expect(await commands.arrived(`${name}.bin`)).toBe(sha256(content));
  });

  it('that is killed goes on with the parts that are missing when it is given again', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('killed.bin', content);
    const words = ['copy', path, 'b:data/killed', ...inParts];
    const before = await commands.killedWhenSent(words, 4);
    const { transferId, progress } = await commands.newest();
    const recorded = (await stack.api.parts(transferId)).parts.length;
    expect(recorded).toBeGreaterThan(0);
    expect(progress.partsTotal).toBe(12);
    const { code, stdout } = await commands.run(words);
    expect([code, stdout]).toEqual([0, expect.stringContaining(transferId)]);
    expect(await commands.arrived('killed')).toBe(sha256(content));
    // At most the two parts that were in flight went twice.
    expect((await commands.partsAtStore()) - before).toBeLessThanOrEqual(12 + 2);
  });

  it('says how to go on when it is interrupted, and the file may have moved by then', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('moved.bin', content);
    const before = await commands.partsAtStore();
    const { child, ended } = commands.partway(['copy', path, 'b:data/moved', ...inParts]);
    await until(async () => (await commands.partsAtStore()) >= before + 3);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining('The same command goes on')]);
    mkdirSync(join(folder, 'elsewhere'));
    const moved = join(folder, 'elsewhere', 'another name.bin');
    renameSync(path, moved);
    utimesSync(moved, 1, 1);
    expect((await commands.run(['copy', moved, 'b:data/moved', ...inParts])).code).toBe(0);
    expect(await commands.arrived('moved')).toBe(sha256(content));
    expect((await commands.partsAtStore()) - before).toBeLessThanOrEqual(12 + 2);
  });

  it('whose bytes are others by then sends the parts that differ again', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('edited.bin', content);
    const words = ['copy', path, 'b:data/edited', ...inParts];
    await commands.killedWhenSent(words, 4);
    content.fill(7, PART, PART + 100); // part 2; the first and the last MiB are as they were
    writeFileSync(path, content);
    expect((await commands.run(words)).code).toBe(0);
    expect(await commands.arrived('edited')).toBe(sha256(content));
  });

  it('with --verify-parts sends a part again whose bytes are others, though name and time are the same', async () => {
    const content = randomBytes(12 * PART);
    const path = fileOf('verified.bin', content);
    const { mtimeMs } = statSync(path);
    const words = ['copy', path, 'b:data/verified', ...inParts];
    await commands.killedWhenSent(words, 4);
    content.fill(7, PART, PART + 100);
    writeFileSync(path, content);
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    expect((await commands.run([...words, '--verify-parts'])).code).toBe(0);
    expect(await commands.arrived('verified')).toBe(sha256(content));
  });

  it('that changes while it is read ends as SourceChanged, and leaves no upload', async () => {
    const content = randomBytes(20 * PART);
    const path = fileOf('changing.bin', content);
    const before = await commands.partsAtStore();
    const { ended } = commands.partway(['copy', path, 'b:data/changing', ...inParts]);
    await until(async () => (await commands.partsAtStore()) > before);
    writeFileSync(path, randomBytes(20 * PART));
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('SourceChanged')]);
    const { transferId } = await commands.newest();
    await until(async () => (await stack.api.describe(transferId)).state === 'aborted');
    expect((await stack.api.uploads({ endpoint: 'b', bucket: 'data', prefix: 'changing' })).uploads).toEqual([]);
  });

  it('is refused by name for what is no file', async () => {
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect((await commands.run(['copy', socket, 'b:data/x'])).stderr).toContain('is a socket');
    server.close();
    expect((await commands.run(['copy', folder, 'b:data/x'])).stderr).toContain('is a directory');
    const path = fileOf('unreadable', Buffer.from('x'));
    chmodSync(path, 0);
    // The superuser may read everything.
    if (process.getuid?.() !== 0)
      expect((await commands.run(['copy', path, 'b:data/x'])).stderr).toContain('may not be read');
  });

  it('is not sent where the target must not be replaced', async () => {
    const words = ['copy', fileOf('once.bin', Buffer.from('once')), 'b:data/once', '--overwrite', 'never'];
    expect((await commands.run(words)).code).toBe(0);
    expect(await commands.run([...words, '--idempotency-key', 'another'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TargetExists'),
    });
  });
});
