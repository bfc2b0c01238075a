/**
 * Runs every script of package.json except `start` and `test`. It installs what is missing, then runs each command of the
 * script on the project's own Node until one fails. The last command gets the arguments after `--`.
 */
import { install, run } from './install.mjs';

const bin = (name) => `node_modules/.bin/${name}`;
const bundles = ['tools/build.ts'];
const lint = [bin('biome'), 'check', '--error-on-warnings', '.'];
const types = [bin('tsc'), '-p', '.'];

const scripts = {
  local: [['tools/local/main.ts']],
  synth: [[bin('cdk'), 'synth', '-q']],
  deploy: [[bin('cdk'), 'deploy']],
  build: [bundles],
  'build:lib': [['tools/build.ts', 'library']],
  prepack: [['tools/build.ts', 'package']],
  'test:quick': [lint, types, bundles, [bin('vitest'), 'run', '--config', 'test/quick.config.ts']],
  'test:providers': [bundles, ['test/providers/main.ts']],
  'test:fresh': [['test/fresh/main.ts']],
  chaos: [bundles, ['test/chaos/main.ts']],
  burst: [bundles, ['test/quotas/main.ts']],
  simulate: [bundles, ['test/simulation/main.ts']],
  'simulate:mutations': [bundles, ['test/simulation/mutations.ts']],
  bench: [bundles, ['test/bench/copy/main.ts']],
  'bench:checksums': [['tools/bench/main.ts']],
  'bench:start': [bundles, ['test/bench/cold-starts.ts'], ['test/bench/commands.ts'], ['test/bench/first-byte.ts']],
  'bench:scale': [bundles, ['test/bench/scale/main.ts']],
  'bench:speed': [['test/bench/speed/main.ts']],
  history: [['tools/history/main.ts']],
  docs: [['tools/providers/main.ts'], bundles, ['tools/picture/main.ts']],
  types: [types],
  lint: [lint],
  format: [[bin('biome'), 'check', '--write', '.']],
};

const [name = '', ...parameters] = process.argv.slice(2);
const commands = scripts[name];
if (!commands) {
  console.error(`There is no script "${name}". There are: ${Object.keys(scripts).join(', ')}.`);
  process.exit(2);
}
const node = install();
const environment = { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}` };
for (const [index, command] of commands.entries()) {
  const isLast = index === commands.length - 1;
  process.exitCode = await run(node, isLast ? [...command, ...parameters] : command, environment);
  if (process.exitCode !== 0) break;
}
