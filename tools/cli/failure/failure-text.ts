import type { Failure } from '../../../functions/transfer/errors.ts';
import { inOptions, type NamedField, namedFields } from '../options/option-names.ts';
import { oneLine } from '../options/units.ts';

/** Writes options in the place of the request's fields. Programs get the fields too. */
export function inWordsOfCli({ name, message, next }: Failure): Failure & { readonly fields?: readonly NamedField[] } {
  const fields = namedFields(message);
  return { name, message: inOptions(message), next: inOptions(next), ...(fields.length > 0 ? { fields } : {}) };
}

export function failureText(failure: Failure): string {
  const { name, message, next } = inWordsOfCli(failure);
  return `${name}: ${oneLine(message)}\nWhat to do: ${oneLine(next)}\n`;
}
