import type { ProviderFacts } from '../../functions/transfer/provider.ts';
import { type WrittenFact, writtenFacts } from './facts.ts';

const introduction = `# Providers

This page lists what Partway knows about each kind of store, and how sure we are. \`npm run docs\` generates it from \`functions/providers/\`, and a test
compares the two. The engine follows these profiles: it chooses part sizes by them, refuses an object that cannot fit before a byte moves, and interprets a store's answers.

- **measured**: one of our tests asked a real server of that kind, and the server did this.
- **documented**: the provider says so, or we read it in code that its users run. We have not seen it ourselves.
- ***guessed***: we found nobody who says so. We chose what similar stores do, or a value that does no harm if it is wrong: an ETag that proves nothing, no
  server copy, no guard, no tags. Test it before you rely on it.

We measured only servers that run on our own machine. We used no account at a cloud. If you can measure a guess, please do, and change its file.
`;

const overviewIntroduction = `## Overview

A question mark follows a value that we *guessed*. Sizes are binary and rounded down. The sections below have the exact bytes.
`;

/** The whole text of docs/providers.md. */
export function providersPage(providers: Readonly<Record<string, ProviderFacts>>): string {
  const all = Object.values(providers);
  return [introduction, overviewIntroduction, overview(all), ...all.map(section)].join('\n');
}

function overview(providers: readonly ProviderFacts[]): string {
  const rows = providers.map((facts) => {
    const byField = new Map(writtenFacts(facts).map((fact) => [fact.field, fact]));
    const cell = (field: string) => marked(byField.get(field));
    return [
      `[${facts.title}](#${anchor(facts.title)})`,
      range(cell('part.partBytesMin'), cell('part.partBytesMax')),
      cell('part.partCountMax'),
      cell('part.objectBytesMax'),
      cell('part.singleRequestBytesMax'),
      `object: ${cell('copyObjectBytesMax')}; part: ${cell('copiesParts')}`,
      `part: ${cell('partEtag')}; object: ${cell('objectEtag')}`,
      cell('ownChecksum'),
      `parts: ${cell('listsParts')}; uploads: ${cell('listsUploads')}`,
      cell('overwriteGuard'),
      cell('storageClasses'),
      cell('uploadExpiryDays'),
    ];
  });
  return table(
    [
      ...['provider', 'part sizes', 'parts', 'largest object', 'single request', 'server copy', 'ETags'],
      ...['own checksum', 'lists', 'overwrite guard', 'storage classes', 'unfinished uploads expire'],
    ],
    rows,
  );
}

function range(smallest: string, largest: string): string {
  return smallest === largest ? `exactly ${largest}` : `${smallest} – ${largest}`;
}

/** A short cell for the overview, without the bytes in brackets. */
function marked(fact: WrittenFact | undefined): string {
  if (!fact) throw new Error('The overview names a field that the facts do not have.');
  const short = fact.text.replace(/ \([\d,]+ bytes\)/, '');
  return fact.basis === 'guessed' ? `${short}?` : short;
}

function section(facts: ProviderFacts): string {
  const all = writtenFacts(facts);
  const rows = all.map(({ label, text, basis, source }) => [
    label,
    basis === 'guessed' ? `*guessed*: ${text}` : text,
    basis,
    escaped(source),
  ]);
  return `## ${facts.title}

\`provider: "${facts.name}"\`. ${guesses(all)}

${table(['fact', 'value', 'basis', 'source'], rows)}`;
}

function guesses(facts: readonly WrittenFact[]): string {
  const labels = facts.filter(({ basis }) => basis === 'guessed').map(({ label }) => label);
  return labels.length === 0
    ? 'Nothing here is guessed.'
    : `Guessed, ${labels.length} of ${facts.length}: ${labels.join('; ')}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Sources are plain text, so we escape what Markdown or HTML would interpret. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('*', '\\*');
}

/** The anchor that GitHub makes from a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
