import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { type SourceMap as Map3, ofOwnFiles } from '../../tools/build/own-maps.ts';

// In the bundle this comes before the package's code, and the rest comes after it.
const first = 'export const zero = (given) => given.zero + globalThis.x;\n';
const ours = `import { zero } from './first.js';
import { theirs } from 'theirs';
export function one() {
  throw new Error('one' + theirs() + zero({}));
}

export const two = (given) => {
  if (given > 7) throw new Error('two');
  return theirs() + 'three';
};
`;
const foreign = "export function theirs() {\n  return 'four' + globalThis.x;\n}\n";

it('A map keeps every place of our own files, and no place of a package', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partway-maps-'));
  mkdirSync(join(folder, 'node_modules/theirs'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/theirs/index.js'), foreign);
  writeFileSync(join(folder, 'first.js'), first);
  writeFileSync(join(folder, 'ours.js'), ours);
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['ours.js'],
    outfile: 'out.js',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
  });
  const [map, script] = outputFiles.map(({ text }) => text) as [string, string];
  const whole = JSON.parse(map) as Map3;
  const own = ofOwnFiles(whole);
  expect(whole.sources).toContain('node_modules/theirs/index.js');
  expect(own.sources).toEqual(['first.js', 'ours.js']);

  const [before, after] = [whole, own].map((each) => new SourceMap({ ...each, file: '', sourceRoot: '' } as never));
  const columns = [...(script.split('\n')[0] ?? '')].map((_, column) => column);
  const places = columns.map((column) => [before?.findEntry(0, column), after?.findEntry(0, column)] as const);
  for (const [was, is] of places) {
    if (was && 'originalSource' in was && own.sources.includes(was.originalSource))
      expect(is).toMatchObject({ originalSource: was.originalSource, originalLine: was.originalLine });
    else expect(is).not.toMatchObject({ originalSource: expect.any(String) });
  }
  const lines = places.flatMap(([, is]) => (is && 'originalLine' in is && is.originalSource ? [is.originalLine] : []));
  expect(new Set(lines)).toEqual(new Set([0, 2, 3, 4, 6, 7, 8, 9]));
});
