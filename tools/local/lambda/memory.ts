import { readFileSync } from 'node:fs';

// A poll is one small read; an allocation of 1 GB/s overshoots the limit by some 25 MB in this time.
const POLL_MS = 25;
const PAGE_BYTES = 4096;

/** Calls `onExceeded` once when the process holds more than its function may. Where there is no /proc, nothing is watched. */
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
