import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package has JavaScript only. In a checkout, Node 24 runs the TypeScript as it is. */
export const isPackage = !import.meta.url.endsWith('.ts');
/** The folder of package.json. The bundles of the package lie as deep in it as this file does in a checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What runs as a process of its own. The package has them bundled, side by side. */
export const programs = {
  partway: 'tools/cli/main.ts',
  'on-demand': 'tools/local/on-demand.ts',
  serve: 'tools/local/main.ts',
  store: 'tools/store/main.ts',
  bootstrap: 'tools/local/lambda/bootstrap.mjs',
} as const;

export function programPath(name: keyof typeof programs): string {
  return join(root, isPackage ? `dist/programs/${name}.mjs` : programs[name]);
}

export function ownVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
