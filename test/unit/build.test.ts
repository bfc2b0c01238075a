import { mkdirSync, mkdtempSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isFresh, keyOf, MADE, placeOf } from '../../tools/build/keys.ts';
import { make } from '../../tools/build/make.ts';

let folder: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partway-build-'));
  for (const path of ['package-lock.json', 'tsconfig.json', 'cdk.json', 'tools/build.ts', 'tools/build/functions.ts'])
    write(path, '1');
  for (const path of ['tools/local/judge.ts', 'tools/local/machine/check.ts', 'tools/local/template/template.ts'])
    write(path, '1');
  for (const path of ['functions/plan.ts', 'functions/engine/steps.ts', 'infra/app.ts', 'tools/settings/embedded.ts'])
    write(path, '1');
});

describe('A build is fresh', () => {
  it('no matter which dates its files have', () => {
    const before = keyOf('stack', folder);
    utimesSync(join(folder, 'infra/app.ts'), 1, 1);
    expect(keyOf('stack', folder)).toBe(before);
  });

  it.each([
    ['the lock', () => write('package-lock.json', '2')],
    ['a file in a folder', () => write('functions/engine/steps.ts', '2')],
    ['a new file', () => write('infra/more.ts', '')],
    ['the name of a file', () => renameSync(join(folder, 'functions/plan.ts'), join(folder, 'functions/plans.ts'))],
    ['the program that builds it', () => write('tools/build.ts', '2')],
    ['how it is built', () => write('tools/build/functions.ts', '2')],
    ['the stores that come with it', () => write('tools/settings/embedded.ts', '2')],
  ])('until one of these changes: %s', (_what, change) => {
    const before = keyOf('stack', folder);
    change();
    expect(keyOf('stack', folder)).not.toBe(before);
  });

  it('after a change of a file that it is not made of', () => {
    const before = keyOf('functions', folder);
    write('infra/app.ts', '2');
    expect(keyOf('functions', folder)).toBe(before);
  });
});

describe('A build', () => {
  const source = 'functions/plan.ts';
  /** Writes what a bundler would: the text of a source. */
  const bundle = async (directory: string) => {
    writeFileSync(join(directory, 'bundle'), readFileSync(join(folder, source), 'utf8'));
    return [];
  };
  const built = () => readFileSync(join(placeOf('functions', folder), 'bundle'), 'utf8');

  it('is made again if a source changes while it is made', async () => {
    let builds = 0;
    await make(
      'functions',
      async (directory) => {
        await bundle(directory);
        builds += 1;
        if (builds === 1) write(source, '2');
        return [];
      },
      folder,
    );
    expect([built(), builds, isFresh('functions', folder)]).toEqual(['2', 2, true]);
  });

  it('is refused if its sources change during each of five builds', async () => {
    let builds = 0;
    const writing = async (directory: string) => {
      builds += 1;
      write(source, `${builds + 1}`);
      return bundle(directory);
    };
    await expect(make('functions', writing, folder)).rejects.toThrow(
      'The sources of functions changed during 5 builds',
    );
    expect(builds).toBe(5);
  });

  it('does not replace the same build of a faster process', async () => {
    const faster = async (directory: string) => {
      await make('functions', async (other) => write(relative(folder, join(other, 'bundle')), 'theirs') ?? [], folder);
      return bundle(directory);
    };
    await make('functions', faster, folder);
    expect(built()).toBe('theirs');
  });

  it('replaces a build of other sources, even if another process finishes that one at the same moment', async () => {
    const slower = async (directory: string) => {
      // Another process, which read the sources before they changed, puts its build there last.
      write('dist/functions/bundle', 'of earlier sources');
      write(`dist/functions/${MADE}`, JSON.stringify({ key: 'earlier', packages: [] }));
      return bundle(directory);
    };
    await make('functions', slower, folder);
    expect([built(), isFresh('functions', folder)]).toEqual(['1', true]);
  });
});
