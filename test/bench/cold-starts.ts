/**
 * `npm run bench:start` measures how long Node needs to load each bundle, in processes of their own, and compares it with
 * a bundle of nothing but the same SDK clients, as esbuild makes it. Each is measured in turn with the others, for
 * several rounds. The result is the median.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';
import { placeOf } from '../../tools/build/keys.ts';
import { root } from '../../tools/programs/programs.ts';
import { medianOf } from './numbers.ts';
import { clientsOf } from './sdk-clients.ts';

const ROUNDS = 9;
const names = Object.keys(functionCalls) as FunctionName[];
const directory = mkdtempSync(join(tmpdir(), 'partway-cold-starts-'));

try {
  for (const name of names) await bundleBare(name);
  const times = names.map((name) => ({ name, whole: [] as number[], bare: [] as number[] }));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const { name, whole, bare } of times) {
      whole.push(loadMs(join(placeOf('functions'), name, 'index.mjs')));
      bare.push(loadMs(bareOf(name)));
    }
    console.error(`round ${round} of ${ROUNDS}`);
  }
  console.log('| function | bundle, ms | its SDK clients alone, ms | ratio |\n|---|---|---|---|');
  for (const { name, whole, bare } of times) {
    const ratio = (medianOf(whole) / medianOf(bare)).toFixed(2);
    console.log(`| ${name} | ${medianOf(whole).toFixed(0)} | ${medianOf(bare).toFixed(0)} | ${ratio} |`);
  }
} finally {
  rmSync(directory, { recursive: true });
}

function bareOf(name: FunctionName): string {
  return join(directory, `${name}.mjs`);
}

async function bundleBare(name: FunctionName): Promise<void> {
  const imports = clientsOf(name).map(({ client, from }) => `export { ${client} } from '${from}';`);
  await build({
    absWorkingDir: root,
    stdin: { contents: imports.join('\n'), resolveDir: root },
    outfile: bareOf(name),
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
}

/** From the start of the import to its end. The start of Node itself is not in it. */
function loadMs(path: string): number {
  const code = `const startedMs = performance.now(); await import(${JSON.stringify(path)}); console.log(performance.now() - startedMs); process.exit();`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}
