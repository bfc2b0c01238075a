import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeTemplate } from '../build/template.ts';
import { readTemplate, type Template } from '../local/template/template.ts';

/** The stack of partway.example.json, as `npm run synth` makes it for a user who copies that file. */
export async function exampleTemplate(): Promise<Template> {
  const config = JSON.parse(readFileSync(new URL('../../partway.example.json', import.meta.url), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'partway-picture-'));
  try {
    await synthesizeTemplate(folder, config);
    return readTemplate(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
