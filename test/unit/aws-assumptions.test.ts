import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = read('docs/aws-assumptions.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
  .map((line) => line.split(/(?<!\\) \| |^\| | \|$/).slice(1, -1));

describe('The list of what we assume about AWS', () => {
  it('has for each behaviour a basis, a source, and what happens if we are wrong', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const [id = '', behaviour = '', basis = '', source = '', otherwise = '', ...more] of rows) {
      expect([id, more]).toEqual([id, []]);
      expect(['documented', 'recorded', 'read', 'unproven']).toContain(basis);
      for (const text of [behaviour, source, otherwise]) expect([id, text.length > 4]).toEqual([id, true]);
    }
    const ids = rows.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has as many unproven rows as README says', () => {
    const said = Number(/(\d+) of these behaviours are unproven/.exec(read('README.md'))?.[1]);
    expect(rows.filter(([, , basis]) => basis === 'unproven')).toHaveLength(said);
  });
});
