import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessName, processIn, thisProcess } from './processes.ts';

/**
 * If a command has started a stack, that stack ends when no command needs it any more. Each command has a lease, which is
 * a file in the state folder, named after its process id, and says which process that is. We ignore the lease of a
 * process that is gone, so a command that crashes does not keep the stack alive.
 */
const folderOf = (home: string) => join(home, 'leases');

/** Takes a lease, and returns the function that gives it back. */
export function takeLease(home: string): () => void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  const path = join(folderOf(home), `${process.pid}`);
  writeFileSync(path, JSON.stringify(thisProcess()));
  return () => rmSync(path, { force: true });
}

/** Whether any command needs the stack. Removes the leases of processes that are gone. */
export function isLeased(home: string): boolean {
  const pids = readdirSync(folderOf(home)).filter((name) => /^\d+$/.test(name));
  const gone = pids.filter((pid) => !isRunning(nameIn(join(folderOf(home), pid)) ?? { pid: Number(pid) }));
  for (const pid of gone) rmSync(join(folderOf(home), pid), { force: true });
  return gone.length < pids.length;
}

/** Marks the stack of this process as one that ends by itself. */
export function markOnDemand(home: string): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  writeFileSync(join(folderOf(home), 'stack'), JSON.stringify(thisProcess()));
}

/** Whether the stack that runs as this process ends by itself. */
export function isOnDemand(home: string, pid: number): boolean {
  const marked = nameIn(join(folderOf(home), 'stack'));
  return marked?.pid === pid && isRunning(marked);
}

/** `undefined`: there is no such file, or it is only half written, or an earlier version has left it empty. */
function nameIn(path: string): ProcessName | undefined {
  try {
    return processIn(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
