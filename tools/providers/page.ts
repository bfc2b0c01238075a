import type { ProviderFacts } from '../../functions/transfer/provider.ts';
import { type WrittenFact, writtenFacts } from './facts.ts';

const introduction = `# Providers

What Partway knows of each kind of store, and how surely. This page is generated from \`functions/providers/\` by \`npm run docs\`; a test holds
it to the facts. The profiles are what the engine obeys: they choose part sizes, refuse what cannot fit before a byte moves, and say what an answer means.

- **measured**: a test of ours asked a real server of that kind, and this is what it did.
- **documented**: the provider says so, or it was read in code that its users run. Nobody here has seen it happen.
- ***guessed***: nobody was found to say so. It is what its neighbours do, or the value that does no harm when it is wrong: an ETag that proves nothing, no
  server copy, no guard, no tags. Probe it before you rely on it.

Only servers that run on one's own machine were measured; no account at a cloud was used. If you can measure a guess, please do, and change its file.
`;

const overviewIntroduction = `## Overview

A question mark stands behind what is *guessed*. Sizes are binary and rounded down; the sections have the bytes.
`;

/** docs/providers.md, whole. */
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
      ...['own checksum', 'lists', 'overwrite guard', 'storage classes', 'unfinished uploads vanish'],
    ],
    rows,
  );
}

function range(smallest: string, largest: string): string {
  return smallest === largest ? `exactly ${largest}` : `${smallest} – ${largest}`;
}

/** Short, for the overview: without the bytes in brackets. */
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

/** Sources are plain text: what Markdown or HTML would swallow is kept. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('*', '\\*');
}

/** As GitHub makes it from a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
