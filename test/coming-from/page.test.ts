import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { providerFacts } from '../../functions/providers/profiles.ts';
import { requestSchema } from '../../functions/transfer/request.ts';

const page = readFileSync(new URL('../../docs/coming-from.md', import.meta.url), 'utf8');
const sections = new Map(page.split(/^## /m).map((text) => [text.split('\n')[0] ?? '', text]));
const commands = globSync('tools/cli/**/*.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const providers = [
  ['UCloud US3', providerFacts.us3],
  ['Alibaba OSS', providerFacts.oss],
  ['Huawei OBS', providerFacts.obs],
  ['Kingsoft KS3', providerFacts.ks3],
  ['QingStor', providerFacts.qingstor],
] as const;

/** The cells of every table row in a text that has this number of cells. */
const rowsOf = (text: string, cells: number) =>
  text
    .split('\n')
    .filter((line) => /^\| /.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((row) => row.map((cell) => cell.trim()))
    .filter((row) => row.length === cells);

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

type Schema = { properties?: Record<string, Schema>; anyOf?: Schema[] };

/** Whether `a.b` is a field of the request, in one of its forms. */
function hasField(schema: Schema, [name = '', ...rest]: readonly string[]): boolean {
  if (schema.anyOf) return schema.anyOf.some((form) => hasField(form, [name, ...rest]));
  const found = schema.properties?.[name];
  return found !== undefined && (rest.length === 0 || hasField(found, rest));
}

describe('docs/coming-from.md', () => {
  it('names only options that the CLI has', () => {
    const named = new Set([...page.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option));
    expect(named.size).toBeGreaterThan(15);
    const missing = [...named].filter((option) => !new RegExp(`['"]${option}[ '"]`).test(commands));
    expect(missing).toEqual([]);
  });

  it('names only fields that a request has', () => {
    const schema = z.toJSONSchema(requestSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
    const fields = rowsOf(page, 4).flatMap((row) => quoted(row[3] ?? ''));
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((field) => !hasField(schema, field.split('.')))).toEqual([]);
    expect(hasField(schema, ['resumeFrom', 'nothing'])).toBe(false);
  });

  it.each(providers)('has for %s the statuses of its facts', (heading, { sdkStatuses }) => {
    const told = rowsOf(sections.get(heading) ?? '', 3).slice(1);
    expect(told.filter(([what]) => what !== '---')).toEqual(
      sdkStatuses?.value.map(({ when, told, name }) => [when, told, name]),
    );
  });
});
