import { install, run } from './install.mjs';

const node = install();
const bin = (name) => `node_modules/.bin/${name}`;

// Each step ends the run when it fails; what is cheap and finds most comes first.
const steps = [
  ['lint', node, [bin('biome'), 'check', '--error-on-warnings', '.']],
  ['types', node, [bin('tsc'), '-p', '.']],
  ['bundles', node, ['tools/build.ts']],
  ['the stack of the example, with cdk-nag', node, [bin('cdk'), 'synth', '-q', '-c', 'config=partway.example.json']],
  ['tests', node, [bin('vitest'), 'run', ...process.argv.slice(2)]],
];

// npm puts this folder first for its scripts; whoever runs this file by hand gets the same Node in child processes.
const environment = { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}` };
for (const [what, command, parameters] of steps) {
  console.log(`\n== ${what}`);
  process.exitCode = await run(command, parameters, environment);
  if (process.exitCode !== 0) {
    console.error(`\nnpm test stopped at: ${what}`);
    break;
  }
}
