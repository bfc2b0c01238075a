import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { places } from '../../tools/store/state/disk.ts';

/** Alters a byte in the embedded store. tools/store/state/disk.ts says how that store keeps objects. */
export async function rotAt(directory: string, bucket: string, key: string, offset: number): Promise<void> {
  const record = join(places.objects(directory, bucket), `${createHash('sha256').update(key).digest('hex')}.json`);
  const { parts } = JSON.parse(await readFile(record, 'utf8')) as { parts: { file: string; bytes: number }[] };
  let first = 0;
  for (const { file, bytes } of parts) {
    if (offset < first + bytes) return flipByte(join(places.pieces(directory), file), offset - first);
    first += bytes;
  }
  throw new Error(`${key} has no byte ${offset}.`);
}

export async function flipByte(file: string, offset: number): Promise<void> {
  const opened = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await opened.read(byte, 0, 1, offset);
  byte[0]! ^= 1;
  await opened.write(byte, 0, 1, offset);
  await opened.close();
}
