/**
 * The package that other programs install: for CDK apps one CommonJS file, which ESM and CommonJS apps load alike, and the
 * client for programs that upload.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildClient } from './build-client.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${root}lib`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['infra/partway.ts'],
  outfile: 'lib/infra/partway.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  // CDK itself is CommonJS. An ESM file would keep out apps that use ts-node or jest, whose require() takes none.
  format: 'cjs',
  // What is left is our own code and zod, so that an app installs nothing else.
  external: ['aws-cdk-lib', 'constructs'],
  keepNames: true,
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});
await buildClient();
writeFileSync(`${root}lib/package.json`, '{ "type": "commonjs" }\n');
