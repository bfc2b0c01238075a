import { expect, it } from 'vitest';
import { tableText } from './table.ts';

const cell = (provider: string, name: string, passed: boolean, why?: string) => ({ provider, case: name, passed, why });

it('The table shows which cases failed and which do not apply, and why', () => {
  const cells = [
    cell('one', 'lists', true),
    cell('one', 'tags', true, 'it has none'),
    cell('other', 'lists', false, 'a page is missing'),
    cell('other', 'tags', true, 'it has none'),
  ];
  expect(tableText(cells, ['NOT RUN: third.'])).toBe(
    [
      '       one  other',
      'lists  ✓    ✗',
      'tags   –    –',
      '',
      '✓ passed   ✗ failed   – does not apply',
      '– tags: it has none (one, other)',
      'NOT RUN: third.',
      '✗ other, lists: a page is missing',
      '4 cells: 1 passed, 1 failed, 2 do not apply.',
    ].join('\n'),
  );
});
