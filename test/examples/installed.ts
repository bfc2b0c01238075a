import { copyFileSync, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleClient } from '../../tools/build/client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Makes a folder with the examples in which the package is installed. */
export async function installedExamples(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'partway-examples-'));
  cpSync(join(root, 'examples'), folder, { recursive: true });
  await bundleClient(join(folder, 'node_modules/partway/lib/client'));
  copyFileSync(join(root, 'package.json'), join(folder, 'node_modules/partway/package.json'));
  return folder;
}
