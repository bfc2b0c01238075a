import { install, run } from './install.mjs';

const node = install();
const bin = (name) => `node_modules/.bin/${name}`;

// The run ends with the first step that fails. Cheap steps that find the most faults come first.
const steps = [
  ['lint', node, [bin('biome'), 'check', '--error-on-warnings', '.']],
  ['types', node, [bin('tsc'), '-p', '.']],
  ['bundles', node, ['tools/build.ts']],
  ['the stack of the example, with cdk-nag', node, [bin('cdk'), 'synth', '-q', '-c', 'config=partway.example.json']],
  ['tests', node, [bin('vitest'), 'run', ...process.argv.slice(2)]],
];

// npm puts this folder first in PATH. We do the same, so that child processes find the same Node without npm.
const environment = { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}` };
for (const [what, command, parameters] of steps) {
  console.log(`\n== ${what}`);
  process.exitCode = await run(command, parameters, environment);
  if (process.exitCode !== 0) {
    console.error(`\nnpm test stopped at: ${what}`);
    break;
  }
}
