import { addMetadata } from './amounts.ts';
import { copyOptions } from './copy-options.ts';

/** A field that the API named in a message, and the option or argument that fills it. */
export type NamedField = { readonly field: string; readonly option: string };

/** Names that `copyOptions` lacks: the query of `list` and `parts`, and the second field that --part-size fills. */
const ownNames: Readonly<Record<string, string>> = {
  limit: '--limit',
  after: '--after',
  'resumeFrom.partBytes': '--part-size',
};

const inBackticks = /`([A-Za-z]+(?:\.[^`]*?)?)(?:: "?([\w-]+)"?)?`/g;

/** Replaces each field in the API's sentence with its option. The API writes fields in backticks, some with a value. */
export function inOptions(text: string): string {
  return text.replace(inBackticks, (whole, field: string, value?: string) => {
    const option = optionOf(field);
    if (option === undefined) return whole;
    return value === undefined || option.startsWith('--no-') ? option : `${option} ${value}`;
  });
}

export function namedFields(text: string): NamedField[] {
  return [...text.matchAll(inBackticks)].flatMap(([, field = '']) => {
    const option = optionOf(field);
    return option === undefined ? [] : { field, option };
  });
}

function optionOf(field: string): string | undefined {
  const known = copyOptions.find((each) => each.field === field || field.startsWith(`${each.field}.`));
  if (!known) return ownNames[field] ?? argumentOf(field);
  const name = field.slice((known.field ?? '').length + 1);
  const { option } = known;
  return option.parseArg === addMetadata && name !== '' ? `${option.long} ${name}` : (option.long ?? undefined);
}

/** `source` and `target` have several fields, but a person types each as one argument. */
function argumentOf(field: string): string | undefined {
  const [, argument, part] = /^(source|target)(?:\.(\w+))?$/.exec(field) ?? [];
  if (argument === undefined) return undefined;
  return part === undefined || part === 'url' ? `<${argument}>` : `the ${part} of <${argument}>`;
}
