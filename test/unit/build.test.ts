import { mkdirSync, mkdtempSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../tools/build/keys.ts';

let folder: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partway-build-'));
  for (const path of ['package-lock.json', 'tsconfig.json', 'cdk.json', 'tools/build/functions.ts']) write(path, '1');
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
