/**
 * `partway/client` as it is packed: one ESM file for Node and one for browsers, with nothing to install beside them, and
 * their types. Node from 20.19 on can load ESM from CommonJS too.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from '../programs/programs.ts';
import { inputsOf } from './make.ts';
import { plainHttp } from './plain-http.ts';

const platforms = {
  node: { platform: 'node', target: 'node20', mainFields: ['module', 'main'] },
  // The first that have AbortSignal.any: Chrome of 2023, Firefox and Safari of 2024.
  browser: { platform: 'browser', target: ['chrome116', 'firefox124', 'safari17.4'], minify: true },
} as const satisfies Record<string, BuildOptions>;

/**
 * Writes node.mjs, browser.mjs and where their types are. The types themselves come from tsconfig.build.json. Returns the
 * files that went into it.
 */
export async function bundleClient(directory: string): Promise<string[]> {
  const inputs: string[] = [];
  mkdirSync(directory, { recursive: true });
  for (const [name, options] of Object.entries(platforms)) {
    const { metafile } = await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [`tools/client/${name}/client.ts`],
      plugins: name === 'node' ? [plainHttp] : [],
      outfile: join(directory, `${name}.mjs`),
      bundle: true,
      format: 'esm',
      keepNames: true, // errors are matched by name
      legalComments: 'none', // the notices have them
      metafile: true,
      logLevel: 'warning',
    });
    inputs.push(...inputsOf(metafile));
    writeFileSync(join(directory, `${name}.d.mts`), `export * from '../tools/client/${name}/client.js';\n`);
  }
  return inputs;
}
