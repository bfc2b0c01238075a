import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

// Git ignores it. It is not in node_modules, which npm ci empties.
const INSTALLED = resolve(import.meta.dirname, '../../../.partway-servers');
// 3 s from a near registry, for 170 MB; a hanging one must not hold a run for ever.
const INSTALL_MS_MAX = 300_000;

/**
 * Installs miniflare and workerd as the lock beside this file says, once, and gives the folder they are in. They are not
 * among the project's own packages because workerd alone is 120 MB. Throws a sentence when they cannot be had.
 */
export async function installR2(): Promise<string> {
  const lock = await readFile(join(import.meta.dirname, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(INSTALLED, `r2-${process.platform}-${process.arch}-${digest}`);
  if (existsSync(folder)) return folder;
  await mkdir(INSTALLED, { recursive: true });
  // Two runs may install at once: each into a folder of its own, and whoever is first gives his its name.
  const mine = await mkdtemp(join(INSTALLED, 'installing-'));
  try {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(import.meta.dirname, file), join(mine, file));
    await npmCi(mine);
    await rename(mine, folder);
  } catch (cause) {
    await rm(mine, { recursive: true, force: true });
    if (!existsSync(folder)) throw new Error(`npm ci in test/servers/r2 failed: ${lastLine(cause)}`, { cause });
  }
  return folder;
}

/** No install scripts: workerd's only looks for the program that npm has just put there. */
async function npmCi(directory: string): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', ...quiet], {
    cwd: directory,
    timeout: INSTALL_MS_MAX,
    shell: process.platform === 'win32', // npm is npm.cmd there
  });
}

function lastLine(cause: unknown): string {
  const { stderr = '', message } = cause as Error & { stderr?: string };
  return (stderr.trim() || message).split('\n')[0] ?? '';
}
