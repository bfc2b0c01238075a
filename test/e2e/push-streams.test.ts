import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Commands, commandsOn, sha256, streamed } from './commands.ts';
import { type StackProcess, startStackProcess, until } from './stack-process.ts';

const PART = 5 * MiB;
const inParts = ['--part-size', '5MiB', '--multipart-threshold', '5MiB', '--parts-at-once', '2'];
const folder = mkdtempSync(join(tmpdir(), 'partway-push-streams-'));
let stack: StackProcess;
let commands: Commands;

beforeAll(async () => {
  stack = await startStackProcess(join(folder, 'home'));
  commands = commandsOn(stack);
});
afterAll(() => stack?.stop());

describe('partway copy of a stream', () => {
  it.each([
    ['longer than a part', 3 * PART + 5],
    ['of whole parts', 2 * PART],
    ['shorter than a part', 100],
    ['empty', 0],
  ])('brings one that is %s', async (name, bytes) => {
    const content = randomBytes(bytes);
    const { code, stderr } = await commands.run(['copy', '-', `b:data/stream ${name}`, ...inParts], streamed(content));
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(await commands.arrived(`stream ${name}`)).toBe(sha256(content));
  });

  it('that is long is cut into parts that grow, and the limit is said at the start', async () => {
    const content = Buffer.alloc(32 * 8 * MiB + 16 * MiB + 9, randomBytes(1009));
    const { code, stdout, stderr } = await commands.run(['copy', '-', 'b:data/growing'], streamed(content));
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('may have up to 659 GiB: 10,000 parts of 8 MiB to 68 MiB'),
    ]);
    expect(stdout).toContain('34 × 8 MiB to 16 MiB, the last one 9 B');
    expect(await commands.arrived('growing')).toBe(sha256(content));
    const { transferId } = await commands.newest();
    const { parts } = await stack.api.parts(transferId);
    expect(parts.slice(31).map(({ bytes }) => bytes)).toEqual([8 * MiB, 16 * MiB, 9]);
  });

  it('that is expected to be longer has larger parts; an unfinished one keeps its plan, and says so', async () => {
    const content = randomBytes(20 * MiB);
    const words = ['copy', '-', 'b:data/expected'];
    const tooMuch = await commands.run([...words, '--expect-bytes', '60TiB'], streamed(content));
    expect([tooMuch.code, tooMuch.stderr]).toEqual([2, expect.stringContaining('TooLarge')]);
    await commands.killedWhenSent(words, 1, { input: streamed(content) });
    const { transferId } = await commands.newest();
    const expecting = [...words, '--expect-bytes', '2TiB'];
    const refused = await commands.run(expecting, streamed(content));
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`Transfer ${transferId} is pushing a stream of at most 659 GiB`),
    ]);
    const aborted = await commands.run(['abort', transferId]);
    expect([aborted.code, aborted.stdout]).toEqual([0, expect.stringContaining('is aborted')]);
    const { code, stderr } = await commands.run(expecting, streamed(content));
    expect([code, stderr]).toEqual([0, expect.stringMatching(/of 8 MiB to 2\d\d MiB/)]);
    expect(await commands.arrived('expected')).toBe(sha256(content));
  });

  it('that is repeated after a kill sends nothing that is there', async () => {
    const content = randomBytes(8 * PART);
    const words = ['copy', '-', 'b:data/repeated', ...inParts];
    const before = await commands.killedWhenSent(words, 4, { input: streamed(content) });
    expect((await commands.run(words, streamed(content))).code).toBe(0);
    expect(await commands.arrived('repeated')).toBe(sha256(content));
    expect((await commands.partsAtStore()) - before).toBeLessThanOrEqual(8 + 2);
  });

  it('whose parts wait in a folder arrives, goes on after a kill, and leaves no file there', async () => {
    const content = randomBytes(8 * PART);
    const spool = mkdtempSync(join(folder, 'spool-'));
    const words = ['copy', '-', 'b:data/spooled', ...inParts, '--spool', spool];
    const before = await commands.killedWhenSent(words, 4, { input: streamed(content) });
    expect(readdirSync(spool)).toEqual([]);
    const { code, stderr } = await commands.run([...words, '--resume'], streamed(content));
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Its parts wait in ${spool}`)]);
    expect(await commands.arrived('spooled')).toBe(sha256(content));
    expect((await commands.partsAtStore()) - before).toBeLessThanOrEqual(8 + 2);
    expect(readdirSync(spool)).toEqual([]);
  });

  it('whose parts wait in a folder has room for 5 TiB', async () => {
    const words = ['copy', '-', 'b:data/roomy', '--spool', folder];
    const { code, stderr } = await commands.run(words, streamed(randomBytes(9 * MiB)));
    expect([code, stderr]).toEqual([0, expect.stringMatching(/may have up to 5,?1?\d\d GiB|may have up to 5 TiB/)]);
  });

  it('is refused before anything is sent if there is no such folder, or nothing to resume', async () => {
    const words = ['copy', '-', 'b:data/refused', ...inParts];
    const content = randomBytes(2 * PART);
    const unusable = await commands.run([...words, '--spool', join(folder, 'none')], streamed(content));
    expect([unusable.code, unusable.stderr]).toEqual([
      1,
      expect.stringMatching(/SpoolUnusable.*there is no such folder/),
    ]);
    const nothing = await commands.run([...words, '--resume'], streamed(content));
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      expect.stringMatching(/NotFound: There is no unfinished push to b:data\/refused.*leave out --resume/),
    ]);
    await expect(commands.arrived('refused')).rejects.toThrow();
  });

  it('never says that it arrived when another one did', async () => {
    const contents = [randomBytes(6 * PART), randomBytes(6 * PART)];
    const words = ['copy', '-', 'b:data/both', ...inParts];
    const ends = await Promise.all(contents.map((content) => commands.run(words, streamed(content))));
    const there = await commands.arrived('both').catch(() => 'nothing');
    ends.forEach(({ code, stderr }, index) => {
      if (code === 0) expect(there).toBe(sha256(contents[index]!));
      else expect(stderr).toMatch(/TargetChanged|Damaged|Cancelled|TargetBusy|Ended|UploadLost|PartsMissing/);
    });
    // What stopped both was an abort; the key is free again.
    await until(async () => (await commands.newest()).state !== 'copying');
    expect((await commands.run(words, streamed(contents[0]!))).code).toBe(0);
    expect(await commands.arrived('both')).toBe(sha256(contents[0]!));
  });

  it('is told apart from one that was pushed before with the same Idempotency-Key', async () => {
    const words = ['copy', '-', 'b:data/keyed', ...inParts, '--idempotency-key', 'keyed'];
    const [first, second] = [randomBytes(3 * PART), randomBytes(3 * PART)];
    expect((await commands.run(words, streamed(first))).code).toBe(0);
    expect(await commands.run(words, streamed(second))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TargetChanged'),
    });
    expect((await commands.run(words, streamed(first))).code).toBe(0);
    expect(await commands.arrived('keyed')).toBe(sha256(first));
  });

  it('that says nothing is let go on Ctrl-C', async () => {
    const silent = new Readable({ read: () => {} });
    silent.push(Buffer.alloc(100));
    const running = commands.partway(['copy', '-', 'b:data/silent', ...inParts], silent);
    await commands.hasBegun(running);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    silent.destroy();
  });

  it('from a pipe that nobody writes into is let go on Ctrl-C, and one that is written arrives', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = commands.partway(['copy', pipe, 'b:data/piped', ...inParts]);
    await commands.hasBegun(running);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const content = randomBytes(2 * PART + 1);
    const arriving = commands.run(['copy', pipe, 'b:data/piped', ...inParts]);
    await writeFile(pipe, content);
    expect((await arriving).code).toBe(0);
    expect(await commands.arrived('piped')).toBe(sha256(content));
  });

  it('needs a whole target key', async () => {
    const { code, stderr } = await commands.run(['copy', '-', 'b:data/'], streamed(Buffer.from('x')));
    expect([code, stderr]).toEqual([2, expect.stringContaining('A stream has no name')]);
  });
});
