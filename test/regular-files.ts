import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The paths of all regular files below a folder, sorted. Tests also leave pipes and sockets there, and whoever reads from
 * a pipe that nobody writes to waits for ever.
 */
export function regularFilesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
