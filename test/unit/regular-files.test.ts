import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { regularFilesBelow } from '../regular-files.ts';

it('The search at the end of a run opens no pipe, because it would wait there for ever', () => {
  const folder = mkdtempSync(join(tmpdir(), 'partway-files-'));
  mkdirSync(join(folder, 'logs'));
  execFileSync('mkfifo', [join(folder, 'settings.json')]);
  for (const name of ['identity.json', 'logs/functions.log']) writeFileSync(join(folder, name), '');
  expect(regularFilesBelow(folder)).toEqual([join(folder, 'identity.json'), join(folder, 'logs/functions.log')]);
});
