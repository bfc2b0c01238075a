import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalError } from '../../failures/local-errors.ts';
import { type Disk, places } from './disk.ts';
import type { Bucket, BucketRecord, OpenUpload, Part, StoredObject, Upload } from './records.ts';

// So many keep the disk busy, and stay far below the limit of open files.
const FILES_AT_ONCE = 64;

/**
 * Reads a directory as an earlier process left it, also after a crash or a power failure, and removes files that belong
 * to nothing. A part that is not whole is left out, because its client can send it again. If the record of an object, a
 * bucket or an upload cannot be read, this throws FolderUnusable, because it would otherwise remove the bytes.
 */
export async function loadDisk(directory: string): Promise<Disk> {
  await rm(places.temporary(directory), { recursive: true, force: true });
  for (const place of [places.pieces, places.buckets, places.outbox, places.temporary]) {
    await mkdir(place(directory), { recursive: true });
  }
  const disk: Disk = { directory, buckets: new Map(), readers: new Map(), doomed: new Set() };
  for (const name of await readdir(places.buckets(directory))) {
    const bucket = await loadBucket(directory, name);
    if (bucket !== undefined) disk.buckets.set(name, bucket);
  }
  await sweepPieces(disk);
  return disk;
}

async function loadBucket(directory: string, name: string): Promise<Bucket | undefined> {
  const record = await readRecord<BucketRecord>(places.bucketRecord(directory, name));
  if (record === undefined) {
    // A crash interrupted its creation or its removal. A bucket without its record does not exist.
    await rm(places.bucket(directory, name), { recursive: true, force: true });
    return undefined;
  }
  const objects = await readRecords<StoredObject>(places.objects(directory, name));
  const bucket: Bucket = {
    record,
    objects: new Map(objects.map((object) => [object.key, object])),
    uploads: new Map(),
  };
  for (const uploadId of await readdir(places.uploads(directory, name))) await loadUpload(directory, bucket, uploadId);
  return bucket;
}

async function loadUpload(directory: string, bucket: Bucket, uploadId: string): Promise<void> {
  const place = join(places.uploads(directory, bucket.record.name), uploadId);
  const upload = await readRecord<Upload>(join(place, 'upload.json'));
  // Complete first writes the object and then removes the upload. The process may have crashed between the two.
  const completed = upload !== undefined && bucket.objects.get(upload.key)?.uploadId === uploadId;
  if (upload === undefined || completed) {
    await rm(place, { recursive: true, force: true });
    return;
  }
  const parts = await wholeParts(directory, place);
  const open: OpenUpload = { ...upload, parts: new Map(parts.map((part) => [part.partNumber, part])) };
  bucket.uploads.set(uploadId, open);
}

/** The parts whose record can be read and whose bytes are all there. */
async function wholeParts(directory: string, place: string): Promise<Part[]> {
  const files = (await readdir(place)).filter((file) => file !== 'upload.json');
  const parts = await inBatches(files, async (file) => {
    const part = await readRecord<Part>(join(place, file)).catch(() => undefined);
    const bytes = part && (await stat(join(places.pieces(directory), part.file)).catch(() => undefined))?.size;
    if (part && bytes === part.bytes) return part;
    console.error(`store: part ${file.replace('.json', '')} of ${place} is not whole, and must be sent again.`);
    await rm(join(place, file), { force: true });
    return undefined;
  });
  return parts.filter((part) => part !== undefined);
}

/** Removes pieces that no record names: half-sent parts, replaced objects, and files that a crash left. */
async function sweepPieces(disk: Disk): Promise<void> {
  const needed = new Set<string>();
  for (const bucket of disk.buckets.values()) {
    for (const object of bucket.objects.values()) for (const part of object.parts) needed.add(part.file);
    for (const upload of bucket.uploads.values()) for (const part of upload.parts.values()) needed.add(part.file);
  }
  const pieces = places.pieces(disk.directory);
  const lost = (await readdir(pieces)).filter((file) => !needed.has(file));
  await inBatches(lost, (file) => rm(join(pieces, file), { force: true }));
}

async function readRecords<Kind>(place: string): Promise<Kind[]> {
  const files = await readdir(place);
  const records = await inBatches(files, (file) => readRecord<Kind>(join(place, file)));
  return records.filter((record) => record !== undefined);
}

export async function readRecord<Kind>(file: string): Promise<Kind | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const message = `The store's record ${file} is damaged. Restore it from a backup, or remove it: then what it describes is gone.`;
    throw new LocalError('FolderUnusable', message, error);
  }
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += FILES_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + FILES_AT_ONCE).map(work))));
  }
  return results;
}
