import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { root } from '../programs/programs.ts';
import { leanSdk } from './lean-sdk.ts';
import { inputsOf, packagesIn } from './make.ts';
import { NOTICES, noticesOf } from './notices.ts';
import { ofOwnFiles } from './own-maps.ts';
import { plainHttp } from './plain-http.ts';

/** One handler a file: whatever lies directly in functions/ is deployed. */
function functionNames(): string[] {
  const files = readdirSync(`${root}functions`, { withFileTypes: true });
  return files.filter((file) => file.isFile() && file.name.endsWith('.ts')).map((file) => basename(file.name, '.ts'));
}

/**
 * Bundles every Lambda in one esbuild run: <directory>/<name>/index.mjs. The bundles are what is deployed and what is
 * tested. Returns the files that went into them.
 */
export async function bundleFunctions(directory: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: functionNames().map((name) => ({ in: `functions/${name}.ts`, out: `${name}/index` })),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20', // Lambda has 24; on a computer they run on the Node that is there
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minify: true,
    keepNames: true, // errors are matched by name
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none', // the notices have them
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [leanSdk, plainHttp],
    metafile: true,
    logLevel: 'warning',
  });
  for (const name of functionNames()) {
    const path = join(directory, name, 'index.mjs.map');
    writeFileSync(path, JSON.stringify(ofOwnFiles(JSON.parse(readFileSync(path, 'utf8')))));
    writeFileSync(join(directory, name, NOTICES), noticesOf(packagesIn(inputsOf(partOf(metafile, name)))));
  }
  return inputsOf(metafile);
}

/** What is in the bundle of one function. Each bundle is deployed by itself, so it has its own notices. */
function partOf({ inputs, outputs }: Metafile, name: string): Metafile {
  const own = Object.entries(outputs).filter(([path]) => path.endsWith(`/${name}/index.mjs`));
  return { inputs, outputs: Object.fromEntries(own) };
}
