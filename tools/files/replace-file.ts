import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const PRIVATE = 0o600;

/**
 * Writes the whole file or nothing, also if the power fails: the bytes are on the disk before the name is. Only its owner
 * can read the file.
 */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', PRIVATE);
  try {
    fchmodSync(file, PRIVATE); // an earlier draft may have had another mode
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/** After this, a power failure no longer takes back what was made, renamed or removed in the directory. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } catch (error) {
    // Windows does not sync directories.
    if (process.platform !== 'win32') throw error;
  } finally {
    closeSync(directory);
  }
}

/** The same as `replaceFile`, for a program that has other requests to answer meanwhile. `draft` is on the same disk. */
export async function replaceFileLater(path: string, text: string, draft: string): Promise<void> {
  const file = await open(draft, 'w', PRIVATE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Waits until the bytes of a file are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
