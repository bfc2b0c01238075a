import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from '../programs/programs.ts';
import { type BuildName, isFresh, isSource, keyOf, MADE, type Made, placeOf } from './keys.ts';

/** Writes into a folder that is there and empty, and returns the files that went into it. */
export type Write = (directory: string) => Promise<readonly string[]>;

// A person changes a source now and then. If they change during each of so many builds, a program writes them.
const BUILDS_MAX = 5;

/** Builds what is not made of the present files, and builds it again if they changed meanwhile. */
export async function make(name: BuildName, write: Write, folder = root): Promise<void> {
  for (let build = 0; build < BUILDS_MAX && !isFresh(name, folder); build += 1) await makeOnce(name, write, folder);
  if (isFresh(name, folder)) return;
  throw new Error(`The sources of ${name} changed during ${BUILDS_MAX} builds. Build again when nothing changes them.`);
}

/** Two processes may do so at once, and others may read meanwhile, so the folder appears whole. */
async function makeOnce(name: BuildName, write: Write, folder: string): Promise<void> {
  const key = keyOf(name, folder);
  const place = placeOf(name, folder);
  const beside = join(folder, 'dist', `.${name}-${randomUUID()}`);
  const [fresh, old] = [`${beside}-new`, `${beside}-old`];
  mkdirSync(fresh, { recursive: true });
  try {
    const inputs = await write(fresh);
    refuseUnseen(name, inputs);
    // The sources changed while they were read, so what was made of them has no key.
    if (keyOf(name, folder) !== key) return;
    // Another process was faster. What it made may be in use, and is the same.
    if (isFresh(name, folder)) return;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(join(fresh, MADE), JSON.stringify({ key, packages: packagesIn(inputs) } satisfies Made));
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

/** If it is not free, another process was faster. Then `make` looks at what that process has built. */
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

/** The files of which anything is in a bundle: our own, and those of packages. */
export function inputsOf({ outputs, inputs }: Metafile): string[] {
  const own = Object.keys(inputs).filter((path) => !path.includes('node_modules/') && !path.includes(':'));
  const used = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const ofPackages = used.flatMap(([path, { bytesInOutput }]) =>
    path.includes('node_modules/') && bytesInOutput > 0 ? [path] : [],
  );
  return [...new Set([...own, ...ofPackages])];
}

/** The folders of the packages that these files belong to. */
export function packagesIn(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}

/** A change of such a file would not be seen. */
function refuseUnseen(name: BuildName, inputs: readonly string[]): void {
  const unseen = inputs.filter((path) => !path.includes('node_modules/') && !isSource(name, path));
  if (unseen.length > 0) throw new Error(`tools/build/keys.ts does not list for ${name}: ${unseen.join(', ')}`);
}
