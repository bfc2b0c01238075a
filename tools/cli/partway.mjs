#!/usr/bin/env node
/**
 * Starts the CLI. The package has it as JavaScript for every Node from 20 on. A checkout has TypeScript, which the
 * project's own Node 24 runs directly, whichever Node the person has.
 */
const NODE_MAJOR = 24;
const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;

// The rest takes longer to load than Node itself, and the version needs none of it.
if (process.argv.length === 3 && process.argv[2] === '--version') await printVersion();
else await start();

async function printVersion() {
  const { readFileSync } = await import('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
}

async function start() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const ownNode = `${root}node_modules/.bin/node`;
  const isCheckout = existsSync(new URL('main.ts', import.meta.url));
  if (!isCheckout && existsSync(`${root}dist/programs/partway.mjs`)) {
    await import('../../dist/programs/partway.mjs');
  } else if (!existsSync(`${root}node_modules/commander`) || !(isNewEnough || existsSync(ownNode))) {
    process.stderr.write(`Partway's packages are not installed. Run \`npm ci\` in ${root} first.\n`);
    process.exitCode = 2;
  } else if (isNewEnough) {
    await import('./main.ts');
  } else {
    await startOwnNode(ownNode, fileURLToPath(new URL('main.ts', import.meta.url)), root);
  }
}

async function startOwnNode(ownNode, main, root) {
  const { spawn } = await import('node:child_process');
  const { constants } = await import('node:os');
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
