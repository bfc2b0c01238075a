import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalError } from '../../failures/local-errors.ts';

type Owner = { readonly pid: number; readonly startTime: string };

// Each lost race is one attempt. If there are more, something else keeps writing the file.
const ATTEMPTS_MAX = 5;

/** Takes the folder for this process, and returns a function that gives it back. Throws FolderInUse. */
export function lockFolder(directory: string): () => void {
  const path = join(resolve(directory), 'lock');
  mkdirSync(directory, { recursive: true });
  const own: Owner = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (create(path, own)) return () => rmSync(path, { force: true });
    const owner = read(path);
    if (owner && isAlive(owner)) throw inUse(directory, owner.pid);
    if (owner) removeDead(path, owner);
  }
  throw new Error(`${path} changes while it is being read`);
}

/** Two processes would drive the same executions, and dynalite would die on its first request. */
function inUse(directory: string, pid: number): LocalError {
  return new LocalError('FolderInUse', `${directory} is in use by process ${pid} (kill ${pid} stops it).`);
}

/** A link appears with its whole content, so nobody ever reads half a lock. */
function create(path: string, owner: Owner): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** If two processes find the same dead owner, only one of them can move its lock away. */
function removeDead(path: string, dead: Owner): void {
  const moved = `${path}.${randomUUID()}`;
  try {
    renameSync(path, moved);
    const found = read(moved);
    // The other process was faster, and we have moved its new lock. We put it back.
    if (found && found.pid !== dead.pid) linkSync(moved, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}

function isAlive({ pid, startTime }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process lives, and belongs to another user.
    return codeOf(error) === 'EPERM';
  }
  // Another process may have got the same number since. If there is /proc, its start time shows that.
  const now = startTimeOf(pid);
  return now === undefined || startTime === '' || now === startTime;
}

/**
 * Field 22 of /proc/<pid>/stat, in ticks since the computer started. The name before it may hold spaces and brackets.
 */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
