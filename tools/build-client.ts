/**
 * `partway/client` as it is packed: one ESM file for Node and one for browsers, with nothing to install beside them, and
 * their types. Node from 20.19 on can load ESM from CommonJS too.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const platforms = {
  node: { platform: 'node', target: 'node20', mainFields: ['module', 'main'] },
  // Of 2023 and later: AbortSignal.any came last (Safari 17.4).
  browser: { platform: 'browser', target: ['chrome116', 'firefox124', 'safari17.4'], minify: true },
} as const satisfies Record<string, BuildOptions>;

/** Writes node.mjs, browser.mjs and where their types are. The types themselves come from tsconfig.build.json. */
export async function buildClient(directory = `${root}lib/client`): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const [name, options] of Object.entries(platforms)) {
    await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [`tools/client/${name}/client.ts`],
      outfile: `${directory}/${name}.mjs`,
      bundle: true,
      format: 'esm',
      keepNames: true, // errors are matched by name
      legalComments: 'none',
      logLevel: 'warning',
    });
    writeFileSync(`${directory}/${name}.d.mts`, `export * from '../tools/client/${name}/client.js';\n`);
  }
}
