import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// This file is plain JavaScript for Node 20, because it runs before anything is installed.
const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.partway-installed`;
const endsWithItsParent = new URL('ends-with-its-parent.mjs', import.meta.url).href;

/** Installs the packages of the lock if they are missing, and returns the path of the project's own Node (24). */
export function install() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    console.error('Installing the packages of package-lock.json (once; about half a minute) …');
    // npm runs on the user's own Node, and would warn about each package that wants a newer one.
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) {
      console.error(
        'InstallFailed: npm ci did not succeed. Its output is above. It needs the npm registry and about 700 MB of disk.',
      );
      process.exit(1);
    }
    writeFileSync(stamp, lock);
  }
  return ownNode();
}

/** The Node of the lock (tools/node), or the user's own where npm has none for this system. */
function ownNode() {
  const locked = `${root}node_modules/.bin/node`;
  if (existsSync(locked)) return locked;
  const [major] = process.versions.node.split('.');
  if (Number(major) >= 24) return process.execPath;
  console.error(
    `InstallFailed: npm has no Node 24 for ${process.platform} ${process.arch}. Install Node 24, and run this with it. Yours is ${process.versions.node}.`,
  );
  process.exit(1);
}

/**
 * Runs a program on this Node to its end, passes our signals to it, and returns its exit code. The program ends when we
 * end. We end when npm ends, also by kill -9.
 */
export function run(node, parameters, environment = process.env) {
  const child = spawn(node, ['--import', endsWithItsParent, ...parameters], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithNpm(child);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** npm keeps no pipe to us, and starts us through a shell. So we check every second that both processes still exist. */
function endWithNpm(child) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const shell = process.ppid;
  const npm = Number(execFileSync('ps', ['-o', 'ppid=', '-p', `${shell}`]));
  const isOver = () => process.ppid !== shell || Number(execFileSync('ps', ['-o', 'ppid=', '-p', `${shell}`])) !== npm;
  setInterval(() => isOver() && child.kill('SIGTERM'), 1000).unref();
}
