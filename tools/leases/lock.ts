import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LocalError } from '../failures/local-errors.ts';
import { isAlive } from './leases.ts';
import { bootOf, startTimeOf } from './start-time.ts';

/** Who has a folder. Another process may get the same id later, but not with the same start time in the same boot. */
type Owner = { readonly id: string; readonly pid: number; readonly startTime?: string; readonly boot?: string };

// Each attempt lost a race. If there are more, something else keeps writing the file.
const ATTEMPTS_MAX = 20;

/**
 * Takes the folder for this process alone, and returns a function that gives it back. The stack takes its state folder in
 * this way, and a store its directory. Throws FolderInUse, which names the process that has the folder.
 *
 * The lock is a file with the owner's name. It stays behind if the owner is killed. Whoever finds it then replaces it. Of
 * several who find it, only one may do so: the one that takes the lock `lock.<id of the dead owner>`, by the same rules.
 * A dead owner's id never comes back, so a slow process that still wants to replace it finds another id, and looks again.
 */
export function lockFolder(directory: string): () => void {
  const path = join(resolve(directory), 'lock');
  mkdirSync(directory, { recursive: true });
  take(path, path);
  removeLeftOvers(path);
  return () => rmSync(path, { force: true });
}

/** `path` is the folder's lock, or the right to replace one of its owners. */
function take(path: string, folderLock: string): void {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (written(path, linkSync)) return;
    const owner = read(path);
    if (!owner) continue; // it was given back meanwhile
    if (isAtWork(owner)) throw inUse(folderLock, owner.pid);
    const right = `${folderLock}.${owner.id}`;
    try {
      take(right, folderLock);
    } catch (error) {
      if (read(path)?.id === owner.id) throw error; // another process is replacing this owner
      continue;
    }
    try {
      if (read(path)?.id === owner.id && written(path, renameSync)) return;
    } finally {
      rmSync(right, { force: true });
    }
  }
  throw new Error(`${path} changes while it is being read.`);
}

/** Two processes would drive the same executions, or remove what the other one is receiving. */
function inUse(folderLock: string, pid: number): LocalError {
  return new LocalError('FolderInUse', `${dirname(folderLock)} is in use by process ${pid} (kill ${pid} stops it).`);
}

/**
 * Writes our name into a draft, which becomes the lock with its whole content, so that nobody reads half a lock.
 * `false`: there is a lock already, or the new owner has removed our draft.
 */
function written(path: string, become: (draft: string, path: string) => void): boolean {
  const draft = `${path}.draft-${randomUUID()}`;
  const { pid } = process;
  writeFileSync(draft, JSON.stringify({ id: randomUUID(), pid, startTime: startTimeOf(pid), boot: bootOf() }));
  try {
    become(draft, path);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A process that was killed while it replaced an owner leaves files. Nobody needs them once the folder has an owner. */
function removeLeftOvers(path: string): void {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`));
  for (const name of names) rmSync(join(dirname(path), name), { force: true });
}

function read(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { pid, startTime, boot, id = `${pid}` } = JSON.parse(text); // locks of earlier versions have no id
    return { id, pid, startTime, boot };
  } catch {
    // After a power failure a file may be empty. So its owner is gone.
    return { id: 'unreadable', pid: 0 };
  }
}

function isAtWork({ pid, startTime, boot }: Owner): boolean {
  if (pid <= 0 || !isAlive(pid)) return false;
  const isOfThisBoot = boot === undefined || boot === bootOf();
  const now = startTimeOf(pid);
  return isOfThisBoot && (now === undefined || !startTime || now === startTime);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
