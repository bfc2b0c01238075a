import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LocalError } from '../failures/local-errors.ts';
import { isInSight, isRunning, type ProcessName, processIn, thisProcess } from './processes.ts';

/** Who has a folder. */
type Owner = ProcessName & { readonly id: string };

// An owner renews its lock, because a process in another container cannot see whether the owner runs. An owner that was
// silent for six renewals is gone.
const RENEW_EVERY_MS = 5000;
const SILENT_MS_MAX = 30_000;

// Each attempt lost a race. If there are more, something else keeps writing the file.
const ATTEMPTS_MAX = 20;

/**
 * Takes the folder for this process alone, and returns a function that gives it back. The stack takes its state folder in
 * this way, and a store its directory. Throws FolderInUse, which names the process that has the folder.
 *
 * The lock is a file with the owner's name. It stays behind if the owner is killed. Whoever finds it then replaces it. Of
 * several who find it, only one may do so: the one that takes the lock `lock.<id of the dead owner>`, by the same rules.
 * A dead owner's id never comes back, so a slow process that still wants to replace it finds another id, and looks again.
 *
 * What is given back is only our own lock: if somebody has replaced us, the folder is theirs.
 */
export function lockFolder(directory: string): () => void {
  const path = join(resolve(directory), 'lock');
  mkdirSync(directory, { recursive: true });
  const id = take(path, path);
  removeLeftOvers(path);
  const renewing = setInterval(() => renew(path, id), RENEW_EVERY_MS).unref();
  return () => {
    clearInterval(renewing);
    if (read(path)?.id === id) rmSync(path, { force: true });
  };
}

function renew(path: string, id: string): void {
  const now = new Date();
  if (read(path)?.id === id) utimesSync(path, now, now);
}

/** `path` is the folder's lock, or the right to replace one of its owners. Returns the id under which we have it. */
function take(path: string, folderLock: string): string {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const id = written(path, linkSync);
    if (id) return id;
    const owner = read(path);
    if (!owner) continue; // it was given back meanwhile
    if (isAtWork(owner, path)) throw inUse(folderLock, owner);
    const right = `${folderLock}.${owner.id}`;
    try {
      take(right, folderLock);
    } catch (error) {
      if (read(path)?.id === owner.id) throw error; // another process is replacing this owner
      continue;
    }
    try {
      const replaced = read(path)?.id === owner.id ? written(path, renameSync) : undefined;
      if (replaced) return replaced;
    } finally {
      rmSync(right, { force: true });
    }
  }
  throw new Error(`${path} changes while it is being read.`);
}

/** Two processes would drive the same executions, or remove what the other one is receiving. */
function inUse(folderLock: string, owner: Owner): LocalError {
  const { pid } = owner;
  const who = isInSight(owner)
    ? `process ${pid} (kill ${pid} stops it).`
    : `process ${pid} of another container, which has renewed its lock within the last ${SILENT_MS_MAX / 1000} s.`;
  return new LocalError('FolderInUse', `${dirname(folderLock)} is in use by ${who}`);
}

/**
 * Writes our name into a draft, which becomes the lock with its whole content, so that nobody reads half a lock.
 * Returns our new id. `undefined`: there is a lock already, or the new owner has removed our draft.
 */
function written(path: string, become: (draft: string, path: string) => void): string | undefined {
  const draft = `${path}.draft-${randomUUID()}`;
  const id = randomUUID();
  writeFileSync(draft, JSON.stringify({ id, ...thisProcess() } satisfies Owner));
  try {
    become(draft, path);
    return id;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return undefined;
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
  return ownerIn(text) ?? { id: 'unreadable', pid: 0 };
}

/** `undefined`: after a power failure a file may be empty. So its owner is gone. */
function ownerIn(text: string): Owner | undefined {
  try {
    const content = JSON.parse(text);
    const name = processIn(content);
    // Locks of earlier versions have no id.
    return name && { ...name, id: typeof content.id === 'string' ? content.id : `${name.pid}` };
  } catch {
    return undefined;
  }
}

function isAtWork(owner: Owner, path: string): boolean {
  if (isInSight(owner)) return isRunning(owner);
  const renewed = statSync(path, { throwIfNoEntry: false });
  return renewed !== undefined && Date.now() - renewed.mtimeMs < SILENT_MS_MAX;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
