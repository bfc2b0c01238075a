import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A stack that a command has started ends when no command needs it any more. Each command has a lease: a file in the state
 * folder, named by its process. The lease of a process that is gone counts for nothing, so a crash leaves the others alone.
 */
const folderOf = (home: string) => join(home, 'leases');

/** Gives the function that lets the stack go. */
export function takeLease(home: string): () => void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  const path = join(folderOf(home), `${process.pid}`);
  writeFileSync(path, '');
  return () => rmSync(path, { force: true });
}

/** Whether any command needs the stack. Leases of processes that are gone are removed. */
export function isLeased(home: string): boolean {
  const pids = readdirSync(folderOf(home)).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) if (!isAlive(Number(pid))) rmSync(join(folderOf(home), pid), { force: true });
  return pids.some((pid) => isAlive(Number(pid)));
}

/** Marks the stack of this process as one that ends by itself. */
export function markOnDemand(home: string): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  writeFileSync(join(folderOf(home), 'stack'), `${process.pid}`);
}

/** Whether the stack that runs as this process ends by itself. */
export function isOnDemand(home: string, pid: number): boolean {
  try {
    return readFileSync(join(folderOf(home), 'stack'), 'utf8') === `${pid}`;
  } catch {
    return false;
  }
}

/** Signal 0 only asks. EPERM means that another user's process has the number, so it is alive. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
