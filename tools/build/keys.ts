import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../programs/programs.ts';

type Build = { readonly place: string; readonly sources: readonly string[] };

const ofAll = ['package-lock.json', 'tsconfig.json', 'tools/build.ts', 'tools/build', 'functions'];

const ofTemplate = ['infra', 'cdk.json', 'tools/settings/embedded.ts'];
const ofLibrary = ['infra', 'tools/client', 'tools/failures', 'tools/leases', 'tsconfig.build.json'];
const judges = ['tools/local/judge.ts', 'tools/local/machine', 'tools/local/template'];

/** What is built, where it lies, and the files and folders of which it is made. */
const builds = {
  /** The Lambdas, as they are deployed. */
  functions: { place: 'dist/functions', sources: ofAll },
  /** The template of the stack that runs on a computer. */
  stack: { place: 'dist/stack', sources: [...ofAll, ...ofTemplate, ...judges] },
  /** The command line, and what it starts. */
  programs: { place: 'dist/programs', sources: [...ofAll, 'tools'] },
  /** The construct and the client, as other programs import them. */
  library: { place: 'lib', sources: [...ofAll, ...ofLibrary] },
} as const satisfies Record<string, Build>;
export type BuildName = keyof typeof builds;

export const placeOf = (name: BuildName, folder = root): string => join(folder, builds[name].place);

/** It changes with the name and the content of any file of which this is made. */
export function keyOf(name: BuildName, folder = root): string {
  const hash = createHash('sha256');
  for (const path of builds[name].sources.flatMap((source) => filesAt(source, folder))) {
    const content = readFileSync(join(folder, path));
    // With its length, no other division into names and contents gives the same text.
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Whether a change of this file is seen. */
export function isSource(name: BuildName, path: string): boolean {
  const sources: readonly string[] = builds[name].sources;
  return sources.some((source) => path === source || path.startsWith(`${source}/`));
}

/** Lies in what was built. `packages` are folders of packages that went into it. */
export type Made = { readonly key: string; readonly packages: readonly string[] };
export const MADE = 'made.json';

export function madeOf(name: BuildName, folder = root): Made | undefined {
  try {
    return JSON.parse(readFileSync(join(placeOf(name, folder), MADE), 'utf8')) as Made;
  } catch {
    return undefined;
  }
}

/** Whether what is there was made of the present files. */
export const isFresh = (name: BuildName, folder = root): boolean => madeOf(name, folder)?.key === keyOf(name, folder);

function filesAt(source: string, folder: string): string[] {
  const place = join(folder, source);
  if (statSync(place).isFile()) return [source];
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => join(source, relative(place, join(file.parentPath, file.name)))).sort();
}
