import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { root } from '../programs/programs.ts';
import { bundleClient } from './client.ts';
import { inputsOf } from './make.ts';

/**
 * The package that other programs install: for CDK apps one CommonJS file, which ESM and CommonJS apps load alike, and the
 * client for programs that upload. Both have their types beside them. Returns the files that went into it.
 */
export async function bundleLibrary(directory: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['infra/partway.ts'],
    outfile: join(directory, 'infra/partway.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    // CDK itself is CommonJS. An ESM file would keep out apps that use ts-node or jest, whose require() takes none.
    format: 'cjs',
    // What is left is our own code and zod, so that an app installs nothing else.
    external: ['aws-cdk-lib', 'constructs'],
    keepNames: true,
    legalComments: 'none', // the notices have them
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    logLevel: 'warning',
  });
  const ofClient = await bundleClient(join(directory, 'client'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  const tsc = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, ['-p', 'tsconfig.build.json', '--outDir', directory], { cwd: root });
  return [...new Set([...inputsOf(metafile), ...ofClient])];
}
