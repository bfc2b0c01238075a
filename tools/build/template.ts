import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StackConfig } from '../../infra/stack-config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// The rest of cdk.out is for the CDK's own tools.
const LEFT_OUT = ['Partway.metadata.json', 'tree.json', 'cdk.out'];

/**
 * Runs the app that is deployed, and leaves its template in `directory`. The assets stay where they are, and the paths to
 * them are relative, so that the folders may be moved together.
 */
export async function synthesizeTemplate(directory: string, config: StackConfig): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'partway-config-'));
  const configPath = join(scratch, 'partway.json');
  writeFileSync(configPath, JSON.stringify(config));
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const ours = { config: configPath, nag: 'off', 'aws:cdk:disable-asset-staging': true };
  const env = {
    ...process.env,
    CDK_OUTDIR: directory,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...ours }),
    CDK_VALIDATION: 'false', // a second and 250 MB; `cdk synth` and the tests validate
  };
  await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: root, env });
  rmSync(scratch, { recursive: true });
  for (const file of LEFT_OUT) rmSync(join(directory, file), { force: true });
  makeRelative(directory);
}

/** Throws if a machine of this template would not run on a computer as it does on AWS. */
export async function judgeTemplate(directory: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['tools/local/judge.ts', directory], { cwd: root });
}

function makeRelative(directory: string): void {
  const path = join(directory, 'Partway.assets.json');
  const assets = JSON.parse(readFileSync(path, 'utf8')) as { files: Record<string, { source: { path: string } }> };
  for (const { source } of Object.values(assets.files))
    if (source.path.startsWith('/')) source.path = relative(directory, source.path);
  writeFileSync(path, JSON.stringify(assets, null, 1));
}
