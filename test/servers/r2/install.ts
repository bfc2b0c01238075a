import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

// Git ignores this folder. It is outside node_modules, because npm ci empties that folder.
const INSTALLED = resolve(import.meta.dirname, '../../../.partway-servers');
// The 170 MB took 3 s from a near registry. A dead registry must not block a run for ever.
const INSTALL_MS_MAX = 300_000;

/**
 * Installs miniflare and workerd once, as the lock beside this file says, and returns their folder. They are not among
 * the project's own packages, because workerd alone is 120 MB. If the install fails, the error is a sentence for a user.
 */
export async function installR2(): Promise<string> {
  const lock = await readFile(join(import.meta.dirname, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(INSTALLED, `r2-${process.platform}-${process.arch}-${digest}`);
  if (existsSync(folder)) return folder;
  await mkdir(INSTALLED, { recursive: true });
  // Two runs may install at once. Each installs into its own folder, and the first to finish gives its folder the name.
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

/** Runs no install scripts. The only one, workerd's, just checks that npm has installed its program. */
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
