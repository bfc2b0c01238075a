import type * as z from 'zod';
import { foreignText } from './foreign-text.ts';
import { durationText, sizeText } from './sizes.ts';

type Issue = z.core.$ZodIssue;

const SHOWN_CHARACTERS_MAX = 80;
const FAULTS_MAX = 10;

/**
 * One sentence for each fault that a schema finds: the field in backticks, what was given, what is allowed. We always
 * write a field's path in backticks, so that the CLI can put its option there. Fields whose path is `hidden` may hold
 * secrets.
 */
export function faultsIn(
  { issues }: { readonly issues: readonly Issue[] },
  value: unknown,
  { whole, hidden }: { whole: string; hidden: RegExp },
): string[] {
  const faults = issues.slice(0, FAULTS_MAX).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, FAULTS_MAX + 1).map((key) => `${quoted([...issue.path, key])} is not a field`);
    const path = issue.path.map(String);
    const given = valueAt(value, path);
    const name = path.length > 0 ? quoted(path) : whole;
    if (given === undefined) return `${name} is missing; ${rule(issue, path)}`;
    const shown = hidden.test(path.join('.')) || issue.code === 'invalid_key' ? undefined : shownAs(path, given);
    return shown === undefined ? `${name}: ${rule(issue, path)}` : `${name} is ${shown}; ${rule(issue, path)}`;
  });
  return faults.length > FAULTS_MAX ? [...faults.slice(0, FAULTS_MAX), 'More is wrong'] : faults;
}

function quoted(path: readonly PropertyKey[]): string {
  return `\`${path.map((name) => foreignText(String(name), SHOWN_CHARACTERS_MAX)).join('.')}\``;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((within, key) => (within as Record<string, unknown> | undefined)?.[key], value);
}

// A URL may contain a user name or a token, and a person may put a whole URL where a name belongs.
const withUrl = /:\/\//;

/** Shows simple values only. It repeats no list, no object, and no URL, which may contain a token. */
function shownAs(path: readonly string[], given: unknown): string | undefined {
  if (typeof given === 'number') return amount(path, given);
  if (typeof given === 'object') return given === null ? 'null' : undefined;
  const text = JSON.stringify(given);
  if (withUrl.test(text)) return undefined;
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…"` : text;
}

/** Names of fields end in their unit. */
function amount(path: readonly string[], number: number): string {
  const name = path.at(-1) ?? '';
  if (name.endsWith('Bytes')) return sizeText(number);
  return name.endsWith('Seconds') ? durationText(number) : String(number);
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

// zod's own messages begin like this. Any other message comes from the schema, and says what is allowed.
const zods = /^(Invalid|Too|Unrecognized)\b/;

function rule(issue: Issue, path: readonly string[]): string {
  if (!zods.test(issue.message)) return issue.message;
  if (issue.code === 'too_small') return bound(issue, issue.minimum, path, issue.inclusive ? 'at least' : 'more than');
  if (issue.code === 'too_big') return bound(issue, issue.maximum, path, issue.inclusive ? 'at most' : 'less than');
  if (issue.code === 'invalid_type') return `it takes ${kinds[issue.expected] ?? `a ${issue.expected}`}${ofUnit(path)}`;
  if (issue.code === 'invalid_value') return `it takes ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`;
  // For a name in a record, the record's own schema says why.
  return (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
}

function bound({ origin }: { origin: string }, limit: number | bigint, path: readonly string[], how: string): string {
  const counted: Readonly<Record<string, string>> = { string: 'character', array: 'entry' };
  const noun = counted[origin];
  if (noun === undefined) return `it takes ${how} ${amount(path, Number(limit))}`;
  const nouns = Number(limit) === 1 ? noun : { character: 'characters', entry: 'entries' }[noun];
  return `it takes ${how} ${limit.toLocaleString('en-US')} ${nouns}`;
}

function ofUnit(path: readonly string[]): string {
  const unit = /(Bytes|Seconds)$/.exec(path.at(-1) ?? '')?.[1];
  return unit === undefined ? '' : ` of ${unit.toLowerCase()}`;
}
