import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../programs/programs.ts';

type Build = { readonly place: string; readonly sources: readonly string[] };

const ofAll = ['package-lock.json', 'tsconfig.json', 'tools/build', 'functions'];

/** What is built, where it lies, and the files and folders of which it is made. */
const builds = {
  /** The Lambdas, as they are deployed. */
  functions: { place: 'dist/functions', sources: ofAll },
  /** The template of the stack that runs on a computer. */
  stack: { place: 'dist/stack', sources: [...ofAll, 'infra', 'cdk.json', 'tools/settings/embedded.ts'] },
  /** The command line, and what it starts. */
  programs: { place: 'dist/programs', sources: [...ofAll, 'tools'] },
  /** The construct and the client, as other programs import them. */
  library: { place: 'lib', sources: [...ofAll, 'infra', 'tools/client', 'tsconfig.build.json'] },
} as const satisfies Record<string, Build>;
export type BuildName = keyof typeof builds;

export const placeOf = (name: BuildName): string => join(root, builds[name].place);

/** It changes with the content of any file of which this is made. */
export function keyOf(name: BuildName): string {
  const hash = createHash('sha256');
  for (const path of builds[name].sources.flatMap(filesAt))
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** Lies in what was built. `packages` are folders of packages that went into it. */
export type Made = { readonly key: string; readonly packages: readonly string[] };
export const MADE = 'made.json';

export function madeOf(name: BuildName): Made | undefined {
  try {
    return JSON.parse(readFileSync(join(placeOf(name), MADE), 'utf8')) as Made;
  } catch {
    return undefined;
  }
}

/** Whether what is there was made of the present files. */
export const isFresh = (name: BuildName): boolean => madeOf(name)?.key === keyOf(name);

function filesAt(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  const files = readdirSync(join(root, path), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(root.length)).sort();
}
