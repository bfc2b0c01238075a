import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

/** Where the stack on this computer keeps all it knows. Deleting the folder forgets everything, and nothing else does. */
export function stateFolder(home = process.env.PARTWAY_HOME ?? '.partway'): string {
  const folder = resolve(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

const keyPair = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
export type KeyPair = z.infer<typeof keyPair>;

/** Key pairs and ports of this folder's stack: made once, kept, readable by its owner only. */
const identity = z.object({
  api: keyPair,
  a: keyPair,
  b: keyPair,
  ports: z.object({ api: z.number(), a: z.number(), b: z.number() }),
});
export type Identity = z.infer<typeof identity>;

export function readIdentity(folder: string): Identity {
  const path = join(folder, 'identity.json');
  if (existsSync(path)) return identity.parse(JSON.parse(readFileSync(path, 'utf8')));
  // 0: any free port, which is then kept, so that a store is where it was the last time.
  const fresh = { api: newKeyPair(), a: newKeyPair(), b: newKeyPair(), ports: { api: 0, a: 0, b: 0 } };
  writePrivately(path, fresh);
  return fresh;
}

export function keepIdentity(folder: string, known: Identity): void {
  writePrivately(join(folder, 'identity.json'), known);
}

function newKeyPair(): KeyPair {
  return {
    accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  };
}

const ownEndpoint = z.strictObject({
  provider: z.string(),
  url: z.url().optional(),
  region: z.string().min(1),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  expiration: z.iso.datetime({ offset: true }).optional(),
  allow: z.array(z.string().min(1)).min(1),
});

/** What a person adds: stores of their own beside "a" and "b", and what URLs may be. */
const settings = z.strictObject({
  endpoints: z
    .record(
      z.string().regex(/^(?!a$|b$)[A-Za-z][A-Za-z0-9-]{0,62}$/, 'letters, digits and "-"; a and b are taken'),
      ownEndpoint,
    )
    .default({}),
  urlPolicy: z
    .strictObject({ allowHttp: z.boolean().optional(), allowPrivateAddresses: z.boolean().optional() })
    .default({}),
});
export type Settings = z.infer<typeof settings>;

export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
}

/** Reads settings.json anew each time, so that repaired credentials count at once. Throws SettingsInvalid naming the field. */
export function readSettings(folder: string): Settings {
  const path = join(folder, 'settings.json');
  if (!existsSync(path)) return settings.parse({});
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingsInvalid(`${path} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
  const result = settings.safeParse(parsed);
  if (result.success) return result.data;
  throw new SettingsInvalid(`${path} cannot be taken:\n${z.prettifyError(result.error)}`);
}

/** Whole or not at all, and for its owner's eyes: it holds secrets. */
export function writePrivately(path: string, value: unknown): void {
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
