import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One handler a file: whatever lies directly in functions/ is deployed. */
function functionNames(): string[] {
  const files = readdirSync(`${root}functions`, { withFileTypes: true });
  return files.filter((file) => file.isFile() && file.name.endsWith('.ts')).map((file) => basename(file.name, '.ts'));
}

/** Bundles every Lambda in one esbuild run: <directory>/<name>/index.mjs. The bundles are what is deployed and what is tested. */
export async function bundleFunctions(directory: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: functionNames().map((name) => ({ in: `functions/${name}.ts`, out: `${name}/index` })),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minify: true,
    keepNames: true, // errors are matched by name
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
}
