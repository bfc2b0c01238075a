import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A file with this name in the folder of a stack lists each call that AWS would have denied. */
export const DENIED = 'denied.log';

/** The calls of all stacks below a folder that AWS would have denied, also if the test passed. Each names its file. */
export function deniedBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === DENIED)
    .flatMap((path) => {
      const lines = readFileSync(join(folder, path), 'utf8').trim().split('\n');
      return [...new Set(lines)].map((line) => `${path}: ${line}`);
    });
}
