import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../e2e/stack-process.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packing may have to build everything, and any file of these tests may be the one that packs. */
export const PACK_MS_MAX = 600_000;

/** Runs a program to its end and returns its stdout. If it fails, throws an error with everything that it wrote. */
export function run(
  command: string,
  parameters: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): string {
  try {
    return execFileSync(command, parameters, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${parameters.join(' ')}:\n${stdout}${stderr}`);
  }
}

/** The tarball of `npm pack`, made once for all files of a run. */
export async function packed(): Promise<string> {
  const folder = join(tmpdir(), 'partway-packed');
  const tarball = join(folder, 'partway.tgz');
  const failure = join(folder, 'failure');
  try {
    mkdirSync(folder);
  } catch {
    return until(async () => {
      const found = readdirSync(folder);
      if (found.includes('failure')) throw new Error(readFileSync(failure, 'utf8'));
      return found.includes('partway.tgz') && tarball;
    });
  }
  try {
    const work = join(folder, 'work');
    mkdirSync(work);
    run('npm', ['pack', '--pack-destination', work], { cwd: root });
    renameSync(join(work, readdirSync(work)[0]!), tarball);
    return tarball;
  } catch (error) {
    writeFileSync(failure, String(error));
    throw error;
  }
}

/** Makes a folder as `npm i partway.tgz` leaves it. It installs nothing else and uses no network. */
export function installed(
  folder: string,
  tarball: string,
  { manifest = {}, env }: { readonly manifest?: object; readonly env?: NodeJS.ProcessEnv } = {},
): string[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'theirs', private: true, ...manifest }));
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder, ...(env ? { env } : {}) });
  return readdirSync(join(folder, 'node_modules')).filter((entry) => !entry.startsWith('.'));
}

/** The folder of a Node of this version. npm takes it from its cache, or once from the registry. */
export function nodeFolder(version: string): string {
  const asked = ['exec', '--yes', `--package=node@${version}`, '--', 'node', '-p', 'process.execPath'];
  return dirname(run('npm', asked, { cwd: tmpdir() }).trim());
}

/** A person's PATH. It has this Node, and not the folders that npm adds for the scripts of this project. */
export function pathWith(folder: string): string {
  const others = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules'));
  return [folder, ...others].join(':');
}
