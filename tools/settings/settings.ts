import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { pageOrigin } from '../../functions/api/pages.ts';
import { faultsIn } from '../../functions/transfer/values/faults.ts';
import { LocalError } from '../failures/local-errors.ts';
import { faultyLine } from './faulty-line.ts';
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
export type Settings = z.infer<typeof schema>;

const hidden = /^(accessKeyId|secretAccessKey|sessionToken)$/;

/** Throws SettingsInvalid, which names all fields that could not work. */
export function readSettings(folder: string): Settings {
  const value = readJson(folder) ?? {};
  const result = schema.safeParse(value);
  const faults = result.success ? [] : faultsIn(result.error, value, { whole: 'The file', hidden });
  for (const [name, endpoint] of Object.entries(endpointsIn(value))) faults.push(...faultsOfOwn(name, endpoint));
  if (result.success && faults.length === 0) return result.data;
  throw invalid(folder, `cannot be accepted: ${faults.join('. ')}.`);
}

/**
 * The keys of one endpoint. They are read each time, so that repaired keys count at once. A mistake elsewhere in the
 * file stops nobody. Throws SettingsInvalid.
 */
export function readKeys(folder: string, name: string): z.infer<typeof endpointKeys> {
  const value = readJson(folder);
  const path = ['endpoints', name];
  const endpoint = endpointsIn(value)[name];
  if (endpoint === undefined) throw invalid(folder, `has no endpoint "${name}" any more.`);
  const result = z.object({ endpoints: z.object({ [name]: endpointKeys }) }).safeParse(value);
  const keys = result.success && result.data.endpoints[name];
  if (keys) return keys;
  const faults = result.success ? [path.join('.')] : faultsIn(result.error, value, { whole: 'The file', hidden });
  throw invalid(folder, `cannot be accepted: ${faults.join('. ')}.`);
}

function readJson(folder: string): unknown {
  const path = join(folder, 'settings.json');
  if (!existsSync(path)) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(folder, `cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  const line = faultyLine(text);
  if (line !== undefined) throw invalid(folder, `cannot be read: it is no JSON from line ${line} on.`);
  return JSON.parse(text);
}

/** The value at this place, even if it is no endpoint. */
function endpointsIn(value: unknown): Readonly<Record<string, unknown>> {
  const { endpoints } = (value ?? {}) as { endpoints?: unknown };
  return typeof endpoints === 'object' && endpoints !== null ? { ...endpoints } : {};
}

function invalid(folder: string, what: string): LocalError {
  return new LocalError('SettingsInvalid', `${join(folder, 'settings.json')} ${what}`);
}
