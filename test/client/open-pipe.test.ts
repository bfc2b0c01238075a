import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { openPipe } from '../../tools/client/node/open-pipe.ts';

const folder = mkdtempSync(join(tmpdir(), 'partway-open-pipe-'));
const content = randomBytes(3 * MiB + 17);
const file = join(folder, 'content');
writeFileSync(file, content);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Tells the SHA-256 of what comes in. It takes a moment for every fifth chunk, so that the writer must wait. */
const reader = join(folder, 'reader.mjs');
writeFileSync(
  reader,
  `import { createHash } from 'node:crypto';
  import { openStdin } from ${JSON.stringify(new URL('../../tools/client/node/open-pipe.ts', import.meta.url).href)};
  const hash = createHash('sha256');
  let count = 0;
  const { chunks, close } = openStdin();
  for await (const chunk of chunks) {
    hash.update(chunk);
    count += 1;
    if (count % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  close();
  console.log(hash.digest('hex'));`,
);
const shell = async (line: string) => {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env: { ...process.env, NODE: process.execPath } });
  return stdout.trim();
};

describe('Standard input is read to its end', () => {
  it.each([
    ['a pipe', `cat ${file} | "$NODE" ${reader}`, content],
    ['a file', `"$NODE" ${reader} < ${file}`, content],
    [
      'what another program has left of a file',
      `(dd bs=1 count=5 status=none >&2; "$NODE" ${reader}) < ${file}`,
      content.subarray(5),
    ],
    ['nothing', `"$NODE" ${reader} < /dev/null`, Buffer.alloc(0)],
    [
      'a terminal',
      `printf 'typed\\n\\004' | script -qec '"$NODE" ${reader}' /dev/null | tail -n 1`,
      Buffer.from('typed\n'),
    ],
  ])('from %s', async (_, line, bytes) => {
    expect(await shell(line)).toBe(sha256(bytes));
  });

  it('from a socket, as a program in Node gives it', async () => {
    const child = spawn(process.execPath, [reader], { stdio: ['pipe', 'pipe', 'inherit'] });
    const sending = pipeline(createReadStream(file), child.stdin);
    const [said] = await once(child.stdout, 'data');
    await sending;
    expect(String(said).trim()).toBe(sha256(content));
  });
});

describe('A named pipe', () => {
  it('is read to its end, though nobody writes into it yet', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const { chunks, close } = openPipe(path);
    const hash = createHash('sha256');
    const writing = pipeline(createReadStream(file), createWriteStream(path));
    for await (const chunk of chunks) hash.update(chunk);
    await writing;
    close();
    expect(hash.digest('hex')).toBe(sha256(content));
  });

  it('takes no new memory for a chunk', async () => {
    const path = join(folder, 'frugal');
    execFileSync('mkfifo', [path]);
    const { chunks, close } = openPipe(path);
    const memory = new Set<ArrayBufferLike>();
    const writing = pipeline(createReadStream(file), createWriteStream(path));
    for await (const chunk of chunks) memory.add(chunk.buffer);
    await writing;
    close();
    expect(memory.size).toBe(1);
  });
});
