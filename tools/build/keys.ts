import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const ofEverything = ['package-lock.json', 'tools/build'];

/** What is built, and of which files and folders. */
const made = {
  functions: [...ofEverything, 'functions', 'tsconfig.json'],
  stack: [...ofEverything, 'functions', 'tsconfig.json', 'infra', 'cdk.json', 'tools/settings'],
} as const;
export type Made = keyof typeof made;

export const placeOf = (what: Made): string => join(root, 'dist', what);

/** Changes with the content of any file that this is made of. */
export function keyOf(what: Made): string {
  const hash = createHash('sha256');
  for (const path of made[what].flatMap(filesAt)) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** Whether what is there was made of the present files. */
export function isFresh(what: Made): boolean {
  try {
    return readFileSync(join(placeOf(what), 'key'), 'utf8') === keyOf(what);
  } catch {
    return false;
  }
}

function filesAt(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  const files = readdirSync(join(root, path), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(root.length)).sort();
}
