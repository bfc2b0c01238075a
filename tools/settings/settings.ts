import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { pageOrigin } from '../../functions/api/pages.ts';
import { faultyLine } from '../../functions/endpoints/faulty-line.ts';
import { faultsIn } from '../../functions/transfer/values/faults.ts';
import { LocalError } from '../failures/local-errors.ts';
import { fieldLines } from './field-lines.ts';
import { endpointKeys, faultsOfOwn, ownEndpoint } from './own-endpoint.ts';

const endpointName = z
  .string()
  .regex(/^(?!a$|b$)[A-Za-z][A-Za-z0-9-]{0,62}$/, 'a name has letters, digits and "-"; a and b are taken');

/** What a person adds: stores of their own beside "a" and "b", which URLs are allowed, and which web pages. */
const schema = z.strictObject({
  endpoints: z.record(endpointName, ownEndpoint).default({}),
  urlPolicy: z
    .strictObject({ allowHttp: z.boolean().optional(), allowPrivateAddresses: z.boolean().optional() })
    .default({}),
  /** The origins of web pages that may call the API. */
  allowOrigins: z.array(pageOrigin).default([]),
});
/** `path` is undefined if nobody has written any. */
export type Settings = z.infer<typeof schema> & { readonly path: string | undefined };

const hidden = /\.(accessKeyId|secretAccessKey|sessionToken)$/;

/** Throws SettingsInvalid, which names all fields that could not work. */
export function readSettings(path: string | undefined): Settings {
  const file = readJson(path);
  const value = file?.value ?? {};
  const result = schema.safeParse(value);
  const faults = result.success ? [] : faultsIn(result.error, value, { whole: 'The file', hidden });
  for (const [name, endpoint] of Object.entries(endpointsIn(value))) faults.push(...faultsOfOwn(name, endpoint));
  if (result.success && faults.length === 0) return { ...result.data, path };
  throw invalid(path, notAccepted(faults, file?.text));
}

/**
 * The keys of one endpoint. They are read each time, so that repaired keys count at once. A mistake elsewhere in the
 * file stops nobody. Throws SettingsInvalid.
 */
export function readKeys(path: string | undefined, name: string): z.infer<typeof endpointKeys> {
  const file = readJson(path);
  const value = file?.value;
  if (endpointsIn(value)[name] === undefined) throw invalid(path, `has no endpoint "${name}" any more.`);
  const result = z.object({ endpoints: z.object({ [name]: endpointKeys }) }).safeParse(value);
  const keys = result.success && result.data.endpoints[name];
  if (keys) return keys;
  const whole = { whole: 'The file', hidden };
  const faults = result.success ? [`\`endpoints.${name}\``] : faultsIn(result.error, value, whole);
  throw invalid(path, notAccepted(faults, file?.text));
}

function readJson(path: string | undefined): { readonly value: unknown; readonly text: string } | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  let text: string;
  try {
    // Some editors begin a file with a byte-order mark, which JSON does not have.
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw invalid(path, `cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  const line = faultyLine(text);
  if (line !== undefined) throw invalid(path, `cannot be read: it is no JSON from line ${line} on.`);
  return { value: JSON.parse(text), text };
}

/** A field that is missing is looked for where the fields beside it are. */
function notAccepted(faults: readonly string[], text = '{}'): string {
  const lines = fieldLines(text);
  const lineOf = (field: string): number => lines.get(field) ?? (field === '' ? 1 : lineOf(parentOf(field)));
  const told = faults.map((fault) => `Line ${lineOf(/^`([^`]*)`/.exec(fault)?.[1] ?? '')}: ${fault}.`);
  return `cannot be accepted. ${told.join(' ')}`;
}

const parentOf = (field: string): string => field.slice(0, Math.max(0, field.lastIndexOf('.')));

/** The value at this place, even if it is no endpoint. */
function endpointsIn(value: unknown): Readonly<Record<string, unknown>> {
  const { endpoints } = (value ?? {}) as { endpoints?: unknown };
  return typeof endpoints === 'object' && endpoints !== null ? { ...endpoints } : {};
}

function invalid(path: string | undefined, what: string): LocalError {
  return new LocalError('SettingsInvalid', `${path} ${what}`);
}
