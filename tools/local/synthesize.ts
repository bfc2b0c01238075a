import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StackConfig } from '../../infra/stack-config.ts';
import { bundleFunctions } from '../build.ts';
import { LocalError } from '../failures/local-errors.ts';
import { writePrivately } from './home/state-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs the app that is deployed, with this computer's endpoints, and returns the output folder. Throws SettingsInvalid
 * for endpoints for which AWS has no room.
 */
export async function synthesize(folder: string, config: StackConfig): Promise<string> {
  if (bundlesAreStale()) await bundleFunctions();
  const configPath = join(folder, 'stack-config.json');
  writePrivately(configPath, config);
  const output = join(folder, 'cdk.out');
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const environment = {
    ...process.env,
    CDK_OUTDIR: output,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, config: configPath, nag: 'off' }),
    CDK_VALIDATION: 'false', // a second and 250 MB a start; `cdk synth` and the tests validate
  };
  await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: root, env: environment }).catch((error) => {
    // settings.json can cause only this error that the app alone finds.
    const why = /^Error: (The endpoints cannot be taken: .*)$/m.exec(error.stderr)?.[1];
    throw why === undefined ? error : new LocalError('SettingsInvalid', why, error);
  });
  return output;
}

function bundlesAreStale(): boolean {
  const bundle = join(root, 'dist/functions/plan/index.mjs');
  return !existsSync(bundle) || newest(join(root, 'functions')) > statSync(bundle).mtimeMs;
}

function newest(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}
