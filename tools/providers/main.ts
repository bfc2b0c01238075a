/** `npm run docs` writes docs/providers.md from the facts. With `--check` it only says if they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { providerFacts } from '../../functions/providers/profiles.ts';
import { providersPage } from './page.ts';

const file = new URL('../../docs/providers.md', import.meta.url);
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const page = providersPage(providerFacts);

if (!values.check) {
  writeFileSync(file, page);
} else if (readFileSync(file, 'utf8') !== page) {
  console.error('docs/providers.md differs from functions/providers: run `npm run docs`.');
  process.exitCode = 1;
}
