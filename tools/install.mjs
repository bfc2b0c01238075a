import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Plain JavaScript for Node 20: it runs before anything is installed.
const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.partway-installed`;
const endsWithItsParent = new URL('ends-with-its-parent.mjs', import.meta.url).href;

/** Installs what is missing, as the lock says it, and gives the project's own Node (24). Says what it does on stderr. */
export function install() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    console.error('Installing what the lock names (once; about half a minute) …');
    // npm itself runs on the Node that is here, and would warn for each package that wants a newer one.
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) {
      console.error(
        'InstallFailed: npm ci did not succeed. Look at its lines above; it needs the npm registry and some 700 MB of disk.',
      );
      process.exit(1);
    }
    writeFileSync(stamp, lock);
  }
  return fileURLToPath(new URL(`../node_modules/.bin/node`, import.meta.url));
}

/**
 * Runs a program on this Node to its end, with its signals and its exit code for our own. It ends when we do, and we do
 * when npm does, however that ends.
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

/** npm holds no pipe of ours, and has a shell between itself and us, so we look whether both are still there. */
function endWithNpm(child) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const shell = process.ppid;
  const npm = Number(execFileSync('ps', ['-o', 'ppid=', '-p', `${shell}`]));
  const isOver = () => process.ppid !== shell || Number(execFileSync('ps', ['-o', 'ppid=', '-p', `${shell}`])) !== npm;
  setInterval(() => isOver() && child.kill('SIGTERM'), 1000).unref();
}
