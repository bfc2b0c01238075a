import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keyOf, madeOf, placeOf } from '../build/keys.ts';
import { LocalError } from '../failures/local-errors.ts';
import { isPackage, root } from '../programs/programs.ts';

// It takes 10 s on two cores, and some times longer on a busy computer.
const BUILD_MS_MAX = 90_000;
// Another process built again during each of so many copies. So it does not stop.
const COPIES_MAX = 5;
const parts = ['functions', 'stack'] as const;

/**
 * The synthesized template, with the bundles beside it. It is made again only after its sources have changed. The stack
 * works with a copy, so that it keeps its code when somebody goes on editing. The package has both, and nobody edits them.
 * Throws BuildFailed.
 */
export async function builtStack(folder: string): Promise<string> {
  if (isPackage) return placeOf('stack');
  const copy = join(folder, 'cdk.out');
  for (let attempt = 0; attempt < COPIES_MAX; attempt += 1) {
    if (isCopied(copy)) return join(copy, 'stack');
    await build();
  }
  throw new LocalError('BuildFailed', `The sources changed during each of ${COPIES_MAX} copies of the built stack.`);
}

/**
 * Copies the bundles and the template from `project`, unless the last start has copied the same. Returns whether both copies
 * are whole, and made of the sources as they were at the beginning: another process may build at the same time, and replaces
 * one folder after the other. What lay there before and after the copy is what was copied.
 */
export function isCopied(copy: string, project = root): boolean {
  const keys = parts.map((part) => keyOf(part, project));
  const isThere = () => parts.every((part, index) => madeOf(part, project)?.key === keys[index]);
  if (!isThere()) return false;
  const stamp = join(copy, 'whole.json');
  const content = JSON.stringify(keys);
  if (contentOf(stamp) === content) return true;
  rmSync(copy, { recursive: true, force: true });
  try {
    for (const part of parts)
      cpSync(placeOf(part, project), join(copy, part), { recursive: true, preserveTimestamps: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  if (!isThere()) return false;
  writeFileSync(stamp, content);
  return true;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function build(): Promise<void> {
  const options = { cwd: root, timeout: BUILD_MS_MAX, killSignal: 'SIGKILL' } as const;
  await promisify(execFile)(process.execPath, ['tools/build.ts'], options).catch((error) => {
    const { killed, stderr = '' } = error as { readonly killed?: boolean; readonly stderr?: string };
    const why = killed ? `it took longer than ${BUILD_MS_MAX / 1000} s` : stderr.trim().split('\n').slice(-5).join(' ');
    throw new LocalError('BuildFailed', `The Lambdas and the template could not be built: ${why}`, error);
  });
}
