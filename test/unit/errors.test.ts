import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errors, errorsWithRemedy, remedyOf, TransferError } from '../../functions/transfer/errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0], section]),
);

describe('The list of errors', () => {
  it('is what docs/errors.md explains, name by name, with the same remedy', () => {
    expect([...sections.keys()]).toEqual(Object.keys(errors));
    for (const [name, { remedy }] of Object.entries(errors)) expect(sections.get(name)).toContain(`**${remedy}.**`);
  });

  it('says for each what to do next, in a sentence', () => {
    for (const { next } of Object.values(errors)) expect(next).toMatch(/^[A-Z].*\.$/);
  });

  it('leaves what it does not know to a person', () => {
    expect(remedyOf('TypeError')).toBe('leave');
    expect(remedyOf('toString')).toBe('leave');
  });

  it('gives every error the name that Step Functions matches, and keeps its cause', () => {
    const cause = new Error('ECONNRESET');
    const error = new TransferError('Unreachable', 'no answer', { cause, partNumber: 7 });
    expect(error).toMatchObject({ name: 'Unreachable', cause, partNumber: 7 });
    expect(errorsWithRemedy('abort')).toEqual(['SourceChanged', 'Damaged', 'TargetChanged', 'Cancelled']);
  });
});
