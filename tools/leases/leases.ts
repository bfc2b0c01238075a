import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * If a command has started a stack, that stack ends when no command needs it any more. Each command has a lease, which is
 * a file in the state folder, named after its process id. We ignore the lease of a process that is gone, so a command
 * that crashes does not keep the stack alive.
 */
const folderOf = (home: string) => join(home, 'leases');

/** Takes a lease, and returns the function that gives it back. */
export function takeLease(home: string): () => void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  const path = join(folderOf(home), `${process.pid}`);
  writeFileSync(path, '');
  return () => rmSync(path, { force: true });
}

/** Whether any command needs the stack. Removes the leases of processes that are gone. */
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

/** Signal 0 ends nothing, and fails if there is no such process. EPERM means that the process of another user has this id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
