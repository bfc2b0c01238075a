import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFileLater, syncFile } from '../../files/replace-file.ts';
import type { Bucket, BucketRecord, OpenUpload, Part, Piece, StoredObject, Upload } from './records.ts';

/**
 * The directory of a store:
 *
 *   pieces/<id>                            bytes, written once; nobody sees them until a record names them
 *   buckets/<name>/bucket.json             the bucket
 *   buckets/<name>/objects/<hash>.json     an object: its key, its description and the list of its pieces
 *   buckets/<name>/uploads/<id>/           upload.json and a <partNumber>.json for each part
 *   outbox/                                events that are not delivered yet
 *   temporary/                             records that are being written
 *
 * The store writes a record into temporary/ and then renames it to its place. With that rename the change takes effect.
 * What it has confirmed is on the disk, except parts: a power failure may take them, and the next start leaves out those
 * that are not whole. Before an object is confirmed, the bytes of its parts are on the disk too.
 */
export type Disk = {
  readonly directory: string;
  readonly buckets: Map<string, Bucket>;
  /** How many readers use a piece. When the last one ends, the file may be removed. */
  readonly readers: Map<string, number>;
  readonly doomed: Set<string>;
};

export const places = {
  pieces: (directory: string) => join(directory, 'pieces'),
  buckets: (directory: string) => join(directory, 'buckets'),
  outbox: (directory: string) => join(directory, 'outbox'),
  temporary: (directory: string) => join(directory, 'temporary'),
  bucket: (directory: string, name: string) => join(directory, 'buckets', name),
  bucketRecord: (directory: string, name: string) => join(directory, 'buckets', name, 'bucket.json'),
  objects: (directory: string, name: string) => join(directory, 'buckets', name, 'objects'),
  uploads: (directory: string, name: string) => join(directory, 'buckets', name, 'uploads'),
};

export function pieceFile(disk: Disk, file: string): string {
  return join(places.pieces(disk.directory), file);
}

export async function saveBucket(disk: Disk, record: BucketRecord): Promise<Bucket> {
  await mkdir(places.objects(disk.directory, record.name), { recursive: true });
  await mkdir(places.uploads(disk.directory, record.name), { recursive: true });
  await saveRecord(disk, places.bucketRecord(disk.directory, record.name), record);
  const bucket = disk.buckets.get(record.name) ?? { record, objects: new Map(), uploads: new Map() };
  bucket.record = record;
  disk.buckets.set(record.name, bucket);
  return bucket;
}

export async function removeBucket(disk: Disk, bucket: Bucket): Promise<void> {
  disk.buckets.delete(bucket.record.name);
  for (const upload of bucket.uploads.values()) discardPieces(disk, [...upload.parts.values()]);
  // The record goes first: without it, the next start removes the rest.
  await unlink(places.bucketRecord(disk.directory, bucket.record.name));
  await rm(places.bucket(disk.directory, bucket.record.name), { recursive: true, force: true });
}

/** When the record has its place, the object exists (or has replaced another), and the old pieces can be removed. */
export async function saveObject(disk: Disk, bucket: Bucket, object: StoredObject): Promise<void> {
  for (const { file } of object.parts) await syncFile(pieceFile(disk, file));
  await saveRecord(disk, objectFile(disk, bucket, object.key), object);
  const before = bucket.objects.get(object.key);
  bucket.objects.set(object.key, object);
  const kept = new Set(object.parts.map((part) => part.file));
  discardPieces(disk, before?.parts.filter((part) => !kept.has(part.file)) ?? []);
}

export async function removeObject(disk: Disk, bucket: Bucket, key: string): Promise<void> {
  const before = bucket.objects.get(key);
  if (before === undefined) return;
  await unlink(objectFile(disk, bucket, key));
  bucket.objects.delete(key);
  discardPieces(disk, before.parts);
}

export async function saveUpload(disk: Disk, bucket: Bucket, upload: Upload): Promise<void> {
  await mkdir(uploadDirectory(disk, upload), { recursive: true });
  await saveRecord(disk, join(uploadDirectory(disk, upload), 'upload.json'), upload);
  bucket.uploads.set(upload.uploadId, { ...upload, parts: new Map() });
}

export async function savePart(disk: Disk, upload: OpenUpload, part: Part): Promise<void> {
  await saveRecord(disk, join(uploadDirectory(disk, upload), `${part.partNumber}.json`), part);
  const before = upload.parts.get(part.partNumber);
  upload.parts.set(part.partNumber, part);
  if (before !== undefined) discardPieces(disk, [before]);
}

/** Removes an upload, and the parts that no object uses. */
export async function removeUpload(
  disk: Disk,
  bucket: Bucket,
  upload: OpenUpload,
  taken: readonly Part[],
): Promise<void> {
  bucket.uploads.delete(upload.uploadId);
  const kept = new Set(taken.map((part) => part.file));
  const directory = uploadDirectory(disk, upload);
  // A directory without this file is no upload. So a crash in the middle of ten thousand unlinks does no harm.
  await unlink(join(directory, 'upload.json'));
  discardPieces(
    disk,
    [...upload.parts.values()].filter((part) => !kept.has(part.file)),
  );
  inBackground(rm(directory, { recursive: true, force: true }));
}

/**
 * Keeps pieces readable until the returned function is called, even if their object is replaced or deleted meanwhile.
 */
export function holdPieces(disk: Disk, pieces: readonly Piece[]): () => void {
  for (const { file } of pieces) disk.readers.set(file, (disk.readers.get(file) ?? 0) + 1);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    for (const { file } of pieces) leavePiece(disk, file);
  };
}

export function discardPieces(disk: Disk, pieces: readonly Pick<Piece, 'file'>[]): void {
  for (const { file } of pieces) {
    if (disk.readers.has(file)) disk.doomed.add(file);
    else inBackground(unlink(pieceFile(disk, file)));
  }
}

function leavePiece(disk: Disk, file: string): void {
  const left = (disk.readers.get(file) ?? 1) - 1;
  if (left > 0) disk.readers.set(file, left);
  else disk.readers.delete(file);
  if (left === 0 && disk.doomed.delete(file)) inBackground(unlink(pieceFile(disk, file)));
}

export async function saveRecord(disk: Pick<Disk, 'directory'>, file: string, record: unknown): Promise<void> {
  await replaceFileLater(file, JSON.stringify(record), join(places.temporary(disk.directory), randomUUID()));
}

/** A key may contain any character and be longer than a file name, so the file is named after its hash. The record has the key. */
function objectFile(disk: Disk, bucket: Bucket, key: string): string {
  const name = createHash('sha256').update(key).digest('hex');
  return join(places.objects(disk.directory, bucket.record.name), `${name}.json`);
}

function uploadDirectory(disk: Disk, upload: Upload): string {
  return join(places.uploads(disk.directory, upload.bucketName), upload.uploadId);
}

/** Nobody needs these files, so nobody waits for their removal. The next start removes what is left. */
function inBackground(removal: Promise<void>): void {
  removal.catch((error: Error) => console.error(`store: a file stays until the next start: ${error.message}`));
}
