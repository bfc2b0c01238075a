import { execFile } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isFresh, placeOf } from '../build/keys.ts';
import { isPackage, root } from '../programs/programs.ts';

/**
 * The synthesized template, with the bundles beside it. It is made again only after its sources have changed. The stack
 * works with a copy, so that it keeps its code when somebody goes on editing. The package has both, and nobody edits them.
 */
export async function builtStack(folder: string): Promise<string> {
  if (isPackage) return placeOf('stack');
  if (!isFresh('functions') || !isFresh('stack'))
    await promisify(execFile)(process.execPath, ['tools/build.ts'], { cwd: root });
  const copy = join(folder, 'cdk.out');
  rmSync(copy, { recursive: true, force: true });
  for (const what of ['functions', 'stack'] as const)
    cpSync(placeOf(what), join(copy, what), { recursive: true, preserveTimestamps: true });
  return join(copy, 'stack');
}
