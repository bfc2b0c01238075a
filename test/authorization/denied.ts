import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The name of the file, in the folder of a stack, that has each call which AWS would have denied. */
export const DENIED = 'denied.log';

/** The kinds of calls below a folder that AWS would have denied, also where the test went on. Each names its file. */
export function deniedBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === DENIED)
    .flatMap((path) => {
      const lines = readFileSync(join(folder, path), 'utf8').trim().split('\n');
      return [...new Set(lines)].map((line) => `${path}: ${line}`);
    });
}
