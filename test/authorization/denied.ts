import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { regularFilesBelow } from '../regular-files.ts';

/** A file with this name in the folder of a stack lists each call that AWS would have denied. */
export const DENIED = 'denied.log';

/** The calls of all stacks below a folder that AWS would have denied, also if the test passed. Each names its file. */
export function deniedBelow(folder: string): string[] {
  return regularFilesBelow(folder)
    .filter((path) => basename(path) === DENIED)
    .flatMap((path) => {
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      return [...new Set(lines)].map((line) => `${relative(folder, path)}: ${line}`);
    });
}
