/**
 * Bundles the Lambdas (dist/functions), and synthesizes the stack that runs on a computer (dist/stack). What was made of
 * the present files stays.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from './build/functions.ts';
import { isFresh, keyOf, type Made, placeOf } from './build/keys.ts';
import { synthesizeTemplate } from './build/template.ts';
import { configOf } from './settings/embedded.ts';

await make('functions', bundleFunctions);
await make('stack', (directory) => synthesizeTemplate(directory, configOf()));

/** Two may do it at once, and others may read meanwhile: a folder appears whole. */
async function make(what: Made, write: (directory: string) => Promise<void>): Promise<void> {
  if (isFresh(what)) return;
  const key = keyOf(what);
  const place = placeOf(what);
  const [fresh, old] = [`${place}.new-${process.pid}`, `${place}.old-${process.pid}`];
  mkdirSync(fresh, { recursive: true });
  await write(fresh);
  writeFileSync(join(fresh, 'key'), key);
  try {
    renameSync(place, old);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  try {
    renameSync(fresh, place);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY')) throw error; // another process was faster
  }
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
