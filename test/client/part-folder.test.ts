import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { partFolder } from '../../tools/client/node/part-folder.ts';
import type { KeptPart } from '../../tools/client/part-memory.ts';
import { cutting } from '../../tools/client/stream-bytes.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'partway-part-folder-'));

async function read({ body }: KeptPart): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body.open(new AbortController().signal)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('A folder of parts', () => {
  it('keeps each part until it is freed, and gives it as often as it is read', async () => {
    const content = Buffer.alloc(5 * MiB + 7, 'partway');
    const folder = await partFolder(newFolder());
    const stream = cutting(Readable.from([content.subarray(0, 99), content.subarray(99)]));
    const parts = [
      await folder.keep(stream, 2 * MiB),
      await folder.keep(stream, 3 * MiB + 1),
      await folder.keep(stream, MiB),
    ];
    expect(parts.map(({ body }) => body.bytes)).toEqual([2 * MiB, 3 * MiB + 1, 6]);
    for (const _ of [1, 2]) expect(Buffer.concat(await Promise.all(parts.map(read)))).toEqual(content);
    await folder.close();
  });

  it('has no file with a name in it, so that a kill leaves none behind', async () => {
    const path = newFolder();
    const folder = await partFolder(path);
    await folder.keep(cutting(Readable.from([Buffer.alloc(10)])), 10);
    expect(readdirSync(path)).toEqual([]);
    await folder.close();
  });

  it.each([
    ['does not exist', join(newFolder(), 'none'), 'there is no such folder'],
    ['is a file', join(newFolder(), 'file'), 'it is no folder'],
  ])('is SpoolUnusable if it %s', async (_, path, why) => {
    if (path.endsWith('file')) writeFileSync(path, '');
    await expect(partFolder(path)).rejects.toMatchObject({
      name: 'SpoolUnusable',
      message: `Parts of the stream cannot wait in ${path}: ${why}.`,
    });
  });
});
