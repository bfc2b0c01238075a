import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { TransferError } from '../../../functions/transfer/errors.ts';
import { MiB } from '../../../functions/transfer/values/sizes.ts';
import { blobFile } from '../blob-file.ts';
import type { Bytes, PartBody } from '../bytes.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { memoryFile } from '../opened.ts';
import type { OpenFile } from '../push-file.ts';
import type { FileSource } from './file-source.ts';
import { nodePlatform } from './platform.ts';

const PIECE_BYTES = MiB;
const UNNAMED = 'file';

/**
 * A plain open() of a pipe blocks until somebody writes into it, and nothing could end that wait. This one returns at once.
 * Windows has no such flag, and no such pipes.
 */
export const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A path, or a URL of one. Throws InvalidRequest for a URL that is no path on this computer. */
export function pathOf(given: string | URL): string {
  if (typeof given === 'string' && !given.startsWith('file:')) return given;
  try {
    return fileURLToPath(given);
  } catch (error) {
    const message = `${given} is no file on this computer; write file:///path, or the path.`;
    throw new TransferError('InvalidRequest', message, { cause: error });
  }
}

/**
 * Opens a regular file by its path or its file: URL. An open file is read, and stays open. Throws InvalidRequest for
 * anything else, SourceMissing, and NotAllowed for one that cannot be read.
 */
export async function openFile(given: FileSource, name?: string): Promise<OpenFile> {
  const called = name ?? UNNAMED;
  if (given instanceof Uint8Array) return memoryFile(nodePlatform, given, called);
  if (given instanceof Blob) return blobFile(crc32, given, called);
  if (typeof given === 'object' && 'fd' in given) return openHandle(given, called, called);
  const path = pathOf(given);
  const handle = await open(path, READ_AT_ONCE).catch((error: unknown) => {
    throw asRefusal(path, error);
  });
  try {
    return { ...(await openHandle(handle, path, name ?? basename(path))), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** `path` is what messages call it. */
async function openHandle(handle: FileHandle, path: string, name: string): Promise<OpenFile> {
  const facts = await handle.stat();
  if (!facts.isFile())
    throw new TransferError('InvalidRequest', `${path} is ${kindOf(facts)}, and only files and streams can be pushed.`);
  const { size: bytes, mtimeMs: modifiedMs } = facts;
  const state = { path, handle, bytes, modifiedMs };
  const range: Bytes['range'] = ({ first, last }) => partOf(state, first, last);
  const source = { client: { name, bytes, modifiedMs, fingerprint: await fingerprintOf(crc32, { bytes, range }) } };
  return { bytes, range, source, close: async () => {} };
}

type State = {
  readonly path: string;
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly modifiedMs: number;
};

function partOf(state: State, first: number, last: number): PartBody {
  return { bytes: last - first + 1, open: (signal) => pieces(state, first, last, signal) };
}

/** The file is looked at around every part: one that changes meanwhile would be cut out of two states of it. */
async function* pieces(state: State, first: number, last: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, last - first + 1)));
  await refuseChanged(state);
  for (let at = first; at <= last; ) {
    signal.throwIfAborted();
    const { bytesRead } = await state.handle.read(buffer, 0, Math.min(buffer.length, last - at + 1), at);
    if (bytesRead === 0) throw changed(state, `it ends at byte ${at}`);
    at += bytesRead;
    // Before the last bytes leave: a store takes what is complete.
    if (at > last) await refuseChanged(state);
    yield buffer.subarray(0, bytesRead);
  }
}

async function refuseChanged(state: State): Promise<void> {
  const { size, mtimeMs } = await state.handle.stat();
  if (size !== state.bytes) throw changed(state, `it had ${state.bytes} bytes, and has ${size}`);
  if (mtimeMs !== state.modifiedMs) throw changed(state, 'it was written to');
}

function changed({ path }: State, how: string): TransferError {
  return new TransferError('SourceChanged', `${path} changed while it was pushed: ${how}.`);
}

/** What open() throws, by a name that a person can act on. */
export function asRefusal(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new TransferError('SourceMissing', `There is no file ${path}.`);
  if (code === 'EACCES' || code === 'EPERM')
    return new TransferError('NotAllowed', `${path} may not be read by this user.`);
  if (code === 'ENXIO')
    return new TransferError('InvalidRequest', `${path} is a socket, and only files and streams can be pushed.`);
  if (code === undefined) return error;
  return new TransferError('InvalidRequest', `${path} cannot be opened: ${code}.`, { cause: error });
}

function kindOf(facts: { isDirectory(): boolean; isSocket(): boolean; isFIFO(): boolean }): string {
  if (facts.isDirectory()) return 'a directory';
  if (facts.isSocket()) return 'a socket';
  return facts.isFIFO() ? 'a pipe' : 'a device';
}
