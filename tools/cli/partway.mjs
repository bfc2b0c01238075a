#!/usr/bin/env node
/**
 * Starts the CLI. The package has it as JavaScript for every Node from 20 on. A checkout has TypeScript, which the
 * project's own Node 24 runs directly, whichever Node the person has.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const root = fileURLToPath(new URL('../../', import.meta.url));
const ownNode = `${root}node_modules/.bin/node`;
const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;

const isCheckout = existsSync(new URL('main.ts', import.meta.url));

if (!isCheckout && existsSync(`${root}dist/programs/partway.mjs`)) {
  await import('../../dist/programs/partway.mjs');
} else if (!existsSync(`${root}node_modules/commander`) || !(isNewEnough || existsSync(ownNode))) {
  process.stderr.write(`Partway's packages are not installed. Run \`npm ci\` in ${root} first.\n`);
  process.exitCode = 2;
} else if (isNewEnough) {
  await import('./main.ts');
} else {
  startOwnNode();
}

function startOwnNode() {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(ownNode, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child itself, and we send it once more. main.ts takes the two as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Node 24 cannot be started from ${ownNode}: ${error.message}. Run \`npm ci\` in ${root}.\n`);
    process.exitCode = 2;
  });
  // If a signal ended a process, shells return 128 and the signal's number.
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    process.exit();
  });
}
