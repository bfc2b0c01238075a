import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { programs, root } from '../programs/programs.ts';
import { inputsOf } from './make.ts';
import { plainHttp } from './plain-http.ts';

const level = dirname(createRequire(import.meta.url).resolve('classic-level/package.json'));

/** What every file of the bundle begins with. */
const banner = [
  // CommonJS packages use it.
  "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  "const __level=require('node:url').fileURLToPath(new URL('./level',import.meta.url));",
  // aws-local-stepfunctions uses it, and Node 20 has none.
  'Promise.withResolvers??=()=>{let resolve,reject;const promise=new Promise((a,b)=>{resolve=a;reject=b});return{promise,resolve,reject}};',
].join('');

/** LevelDB is native code. Its binaries for all systems lie beside the bundle, where its own loader chooses one. */
const nativeLevel: Plugin = {
  name: 'native-level',
  setup: ({ onLoad }) => {
    onLoad({ filter: /classic-level\/binding\.js$/ }, () => ({
      contents: "module.exports = require('node-gyp-build')(__level)",
    }));
  },
};

/**
 * What aws-local-stepfunctions imports and what no program of ours uses. It would call Lambda for a task that nobody
 * overrides, and we override them all. It would validate a machine, and this was done when the stack was built.
 */
const unused: Readonly<Record<string, string>> = {
  '@aws-sdk/client-lambda': 'export const LambdaClient = undefined, InvokeCommand = undefined;',
  'asl-validator': "export default () => { throw new Error('Machines are validated when the stack is built.'); };",
};
const leftOut: Plugin = {
  name: 'left-out',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(${Object.keys(unused).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: unused[path] ?? '' }));
  },
};

/**
 * Programs of one group share the parts that they have in common. The others share nothing: esbuild would cut what all of
 * them use into many small files, with everything in them that any of them needs, and each file takes a millisecond to load.
 */
const groups: readonly (readonly (keyof typeof programs)[])[] = [
  ['partway'],
  ['on-demand', 'serve'],
  ['store'],
  ['bootstrap'],
];

/**
 * The command line and the programs that it starts, as JavaScript for Node 20 and newer. Each loads some parts only when
 * it needs them. Returns the files that went into them.
 */
export async function bundlePrograms(directory: string): Promise<string[]> {
  const inputs: string[] = [];
  for (const names of groups) inputs.push(...(await bundleGroup(names, directory)));
  cpSync(join(level, 'prebuilds'), join(directory, 'level', 'prebuilds'), { recursive: true });
  return [...new Set(inputs)];
}

async function bundleGroup(names: readonly (keyof typeof programs)[], directory: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(names.map((name) => [name, programs[name]])),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minify: true,
    keepNames: true, // errors are matched by name
    legalComments: 'none', // the notices have them
    metafile: true,
    plugins: [nativeLevel, leftOut, plainHttp],
    banner: { js: banner },
    logLevel: 'warning',
  });
  return inputsOf(metafile);
}
