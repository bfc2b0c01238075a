import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from '../programs/programs.ts';
import { type BuildName, isFresh, keyOf, MADE, type Made, placeOf } from './keys.ts';

/** Writes into a folder that is there and empty, and returns the packages that went into it. */
export type Write = (directory: string) => Promise<readonly string[]>;

/**
 * Builds what is not made of the present files. Two may do so at once, and others may read meanwhile, so the folder
 * appears whole.
 */
export async function make(name: BuildName, write: Write): Promise<void> {
  if (isFresh(name)) return;
  const key = keyOf(name);
  const place = placeOf(name);
  const beside = join(root, 'dist', `.${name}-${process.pid}`);
  const [fresh, old] = [`${beside}-new`, `${beside}-old`];
  mkdirSync(fresh, { recursive: true });
  try {
    const packages = await write(fresh);
    // Another process was faster. What it made may be in use, and is the same.
    if (isFresh(name)) return;
    writeFileSync(join(fresh, MADE), JSON.stringify({ key, packages } satisfies Made));
    moveIfThere(place, old);
    moveIfFree(fresh, place);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isOneOf(error, ['ENOENT'])) throw error;
  }
}

/** If it is not free, another process was faster, and has built the same. */
function moveIfFree(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isOneOf(error, ['ENOTEMPTY', 'EEXIST'])) throw error;
  }
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** The folders of the packages of which anything is in a bundle. */
export function packagesIn({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    return folder !== undefined && bytesInOutput > 0 ? [folder] : [];
  });
  return [...new Set(folders)].sort();
}
