import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MiB } from '../../../functions/transfer/values/sizes.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { PartwayError } from '../api/partway-error.ts';
import type { PartBody } from '../bytes.ts';
import type { PartKeeper } from '../part-memory.ts';
import type { StreamCutter } from '../stream-bytes.ts';

const PIECE_BYTES = MiB;
const canUnlinkOpenFiles = process.platform !== 'win32';

/**
 * Keeps parts in files of a folder until they are sent. The files have no names there, so that nothing is left when this
 * process ends, also by a kill. Windows allows that only when they are closed. Throws SpoolUnusable.
 */
export async function partFolder(folder: string): Promise<PartKeeper> {
  const files = new Set<KeptFile>();
  const drop = async (file: KeptFile) => {
    if (!files.delete(file)) return;
    await file.handle.close();
    if (!canUnlinkOpenFiles) await unlink(file.path);
  };
  const create = async () => {
    const path = join(folder, `partway-${crypto.randomUUID()}.part`);
    const file = { path, handle: await open(path, 'wx+', 0o600) };
    files.add(file);
    if (canUnlinkOpenFiles) await unlink(path);
    return file;
  };
  // Whoever named a wrong folder hears of it before anything is sent.
  await inFolder(folder, async () => drop(await create()));
  return {
    keep: async (stream, bytes) => {
      const file = await inFolder(folder, create);
      const body = bodyOf(file.handle, await fillFrom(stream, bytes, folder, file.handle));
      return { body, free: () => void drop(file) };
    },
    close: async () => void (await Promise.all([...files].map(drop))),
  };
}

type KeptFile = { readonly path: string; readonly handle: FileHandle };

/** Gives how many bytes came: fewer than were asked for only at the end of the stream. */
async function fillFrom(stream: StreamCutter, bytes: number, folder: string, handle: FileHandle): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytes));
  for (let at = 0; at < bytes; ) {
    const wanted = Math.min(buffer.length, bytes - at);
    const piece = await stream.fill(buffer.subarray(0, wanted));
    await inFolder(folder, () => writeAll(handle, piece, at));
    at += piece.length;
    if (piece.length < wanted) return at;
  }
  return bytes;
}

async function writeAll(handle: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < piece.length; )
    written += (await handle.write(piece, written, piece.length - written, at + written)).bytesWritten;
}

function bodyOf(handle: FileHandle, bytes: number): PartBody {
  return {
    bytes,
    open: async function* (signal) {
      const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(PIECE_BYTES, bytes)));
      for (let at = 0; at < bytes; ) {
        signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - at), at);
        if (bytesRead === 0) throw new Error(`A part of ${bytes} bytes ends at byte ${at} of its file.`);
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
  };
}

async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && typeof cause.code === 'string')) throw cause;
    const message = `Parts of the stream cannot wait in ${folder}: ${reasons[cause.code] ?? cause.code}.`;
    throw new PartwayError({ name: 'SpoolUnusable', message, next: localErrors.SpoolUnusable }, { cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is no folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a disk that can only be read',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the quota of this user is used up',
};
