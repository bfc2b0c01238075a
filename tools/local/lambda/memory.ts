import { readFileSync } from 'node:fs';

// A poll is one small read. If a function allocates 1 GB/s, it exceeds its limit by at most about 25 MB in this time.
const POLL_MS = 25;
const PAGE_BYTES = 4096;

/** Calls `onExceeded` once if the process uses more memory than its function may. Without /proc it does nothing. */
export function watchMemory(pid: number, memoryMiB: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => {
    const bytes = residentBytes(pid);
    if (bytes !== undefined && bytes <= memoryMiB * 1024 * 1024) return;
    clearInterval(timer);
    if (bytes !== undefined) onExceeded();
  }, POLL_MS).unref();
  return () => clearInterval(timer);
}

function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
