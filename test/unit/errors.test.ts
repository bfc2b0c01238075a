import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errors, errorsWithRemedy, remedyOf, TransferError } from '../../functions/transfer/errors.ts';
import { whatFollows } from '../../tools/client/what-follows.ts';
import { localErrors } from '../../tools/failures/local-errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0], section]),
);

describe('The list of errors', () => {
  it('matches docs/errors.md, name by name, with the same remedies', () => {
    expect([...sections.keys()]).toEqual([...Object.keys(errors), ...Object.keys(localErrors)]);
    for (const [name, { remedy }] of Object.entries(errors)) expect(sections.get(name)).toContain(`**${remedy}.**`);
    for (const name of Object.keys(localErrors)) expect(sections.get(name)).toContain('**local.**');
  });

  it('has every name that the tools give to a failure', () => {
    const root = new URL('../../tools/', import.meta.url);
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const text = paths.map((path) => readFileSync(new URL(path, root), 'utf8')).join('\n');
    // A failure is an object with a name and a next step, or the argument of asFailure or of an error's class.
    const named = /name: '([A-Z]\w+)'(?=[^{}]*\b(?:next|message)\b)|(?:asFailure|(?:Transfer|Local)Error)\(\s*'(\w+)'/g;
    const given = [...text.matchAll(named)].map(([, one, other]) => one ?? other ?? '');
    expect(given).toEqual(
      expect.arrayContaining(['NoStack', 'NoCredentials', 'FolderInUse', 'SettingsInvalid', 'Ended']),
    );
    expect(given.filter((name) => !sections.has(name))).toEqual([]);
  });

  it('says for each name what to do next, in a sentence', () => {
    for (const { next } of Object.values(errors)) expect(next).toMatch(/^[A-Z].*\.$/);
  });

  it('promises another attempt only for errors that Partway tries again, and says what to do when it has stopped', () => {
    for (const [name, { remedy, next }] of Object.entries(errors)) {
      const isTriedAgain = remedy === 'retry' || remedy === 'replan';
      const texts = `${next} ${sections.get(name)}`;
      if (!isTriedAgain)
        expect([name, texts]).toEqual([name, expect.not.stringMatching(/tries (it )?again|next round/)]);
      if (remedy === 'retry') expect([name, next]).toEqual([name, expect.stringMatching(/[Rr]esume/)]);
      expect([name, whatFollows(`${name}: x`).includes('again')]).toEqual([name, isTriedAgain]);
    }
  });

  it('and only these places say that Partway tries again', () => {
    const said = ['functions', 'infra', 'tools'].flatMap((folder) => {
      const root = new URL(`../../${folder}/`, import.meta.url);
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
      const says = (path: string) =>
        /['"`][^'"`\n]*\btries again\b/.test(
          readFileSync(new URL(path, root), 'utf8').replace(/^\s*(\*|\/\/|\/\*).*$/gm, ''),
        );
      return paths.filter(says).map((path) => `${folder}/${path}`);
    });
    // The list above, what follows an error, and what stands in the loop that sends a part once more.
    expect(said.toSorted()).toEqual([
      'functions/transfer/errors.ts',
      'tools/client/push.ts',
      'tools/client/what-follows.ts',
    ]);
  });

  it('leaves an unknown error to a person', () => {
    expect(remedyOf('TypeError')).toBe('leave');
    expect(remedyOf('toString')).toBe('leave');
  });

  it('gives every error the name that Step Functions compares, and keeps its cause', () => {
    const cause = new Error('ECONNRESET');
    const error = new TransferError('Unreachable', 'no answer', { cause, partNumber: 7 });
    expect(error).toMatchObject({ name: 'Unreachable', cause, partNumber: 7 });
    expect(errorsWithRemedy('abort')).toEqual(['SourceChanged', 'Damaged', 'TargetChanged', 'Cancelled']);
  });
});
