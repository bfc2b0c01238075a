import { isObject, type JsonObject } from '../../json.ts';

export type Matches = (event: unknown) => boolean;

/** Compiles an event pattern. Throws for an unknown operator now, and not only when an event comes. */
export function compilePattern(pattern: JsonObject, where = 'the event pattern'): Matches {
  const fields = Object.entries(pattern).map(([key, value]) => {
    if (key.startsWith('$')) throw new Error(`${where}: the operator ${key} is not known here`);
    const matches = compileField(value, `${where}.${key}`);
    return (event: unknown) => matches(isObject(event) ? event[key] : undefined);
  });
  return (event) => fields.every((matches) => matches(event));
}

function compileField(value: unknown, where: string): Matches {
  if (isObject(value)) return compilePattern(value, where);
  if (!Array.isArray(value)) throw new Error(`${where}: a pattern is a list, or an object of patterns`);
  const alternatives = value.map((each) => compileAlternative(each, where));
  // A list in the event matches when one of its elements does.
  return (found) => {
    const values = Array.isArray(found) ? found : [found];
    return alternatives.some((matches) => values.some(matches));
  };
}

function compileAlternative(value: unknown, where: string): Matches {
  if (!isObject(value)) return (found) => found === value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  const operator = operators[name];
  if (!operator || others.length > 0)
    throw new Error(`${where}: the operator ${JSON.stringify(value)} is not known here`);
  return operator(argument, where);
}

const operators: { readonly [name: string]: (argument: unknown, where: string) => Matches } = {
  prefix: (argument, where) => onText(argument, where, (found, text) => found.startsWith(text)),
  suffix: (argument, where) => onText(argument, where, (found, text) => found.endsWith(text)),
  'equals-ignore-case': (argument, where) =>
    onText(argument, where, (found, text) => found.toLowerCase() === text.toLowerCase()),
  wildcard: (argument, where) => {
    // A backslash before * or \ takes away their special meaning: EventBridge User Guide, "Wildcard matching".
    const pieces = textOf(argument, where).match(/\\[\\*]|[\s\S]/g) ?? [];
    const letter = (piece: string) => (piece.at(-1) ?? '').replace(/[\\^$.*|?+()[\]{}]/, '\\$&');
    const source = pieces.map((piece) => (piece === '*' ? '.*' : letter(piece))).join('');
    const expression = new RegExp(`^${source}$`, 's');
    return (found) => typeof found === 'string' && expression.test(found);
  },
  exists: (argument) => (found) => (found !== undefined) === argument,
  'anything-but': (argument, where) => {
    const list = Array.isArray(argument) ? argument : [argument];
    const excluded = list.map((each) => compileAlternative(each, where));
    // "anything but" does not match a field that is missing: EventBridge requires the field.
    return (found) => found !== undefined && !excluded.some((matches) => matches(found));
  },
  numeric: compileNumeric,
};

const textOf = (argument: unknown, where: string): string => {
  if (typeof argument === 'string') return argument;
  throw new Error(`${where}: ${JSON.stringify(argument)} is not known here`);
};

function onText(argument: unknown, where: string, test: (found: string, text: string) => boolean): Matches {
  const text = textOf(argument, where);
  return (found) => typeof found === 'string' && test(found, text);
}

/** `[">", 0, "<=", 5]` */
function compileNumeric(argument: unknown, where: string): Matches {
  const list = Array.isArray(argument) ? argument : [];
  const tests = Array.from({ length: Math.ceil(list.length / 2) }, (_, index) => {
    const compare = comparisons[String(list[2 * index])];
    const limit = list[2 * index + 1];
    if (!compare || typeof limit !== 'number') throw new Error(`${where}: numeric ${JSON.stringify(argument)}`);
    return (found: number) => compare(found, limit);
  });
  return (found) => typeof found === 'number' && tests.every((test) => test(found));
}

const comparisons: { readonly [sign: string]: (found: number, limit: number) => boolean } = {
  '=': (found, limit) => found === limit,
  '>': (found, limit) => found > limit,
  '>=': (found, limit) => found >= limit,
  '<': (found, limit) => found < limit,
  '<=': (found, limit) => found <= limit,
};
