import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { LocalError } from '../../failures/local-errors.ts';
import { replaceFile } from '../../files/replace-file.ts';

const keyPair = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
export type KeyPair = z.infer<typeof keyPair>;

/** The key pairs and ports of the stack. The first start makes them, and only their owner can read them. */
const identity = z.object({
  api: keyPair,
  a: keyPair,
  b: keyPair,
  ports: z.object({ api: z.number(), a: z.number(), b: z.number() }),
});
export type Identity = z.infer<typeof identity>;

const OTHERS = 0o077;

/**
 * Everything in the folder is for its owner alone: rows, logs and the bytes of the stores, not only the keys. Child
 * processes inherit the mask, and the folder keeps others from files that an earlier version made.
 */
export function keepPrivate(folder: string): void {
  process.umask(OTHERS);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
}

export function readIdentity(folder: string): Identity {
  const path = join(folder, 'identity.json');
  if (existsSync(path)) return parsed(path);
  // 0 means any free port. We save that port, so that a store has the same address the next time.
  const fresh = { api: newKeyPair(), a: newKeyPair(), b: newKeyPair(), ports: { api: 0, a: 0, b: 0 } };
  writePrivately(path, fresh);
  return fresh;
}

function parsed(path: string): Identity {
  try {
    return identity.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // The message does not contain the parser's reason, because that would show the text, and the text has keys.
    const message = `${path} does not have the keys and ports of this stack. Somebody changed it, or it is incomplete. Remove it: the next start makes new keys, and nothing else is lost.`;
    throw new LocalError('FolderUnusable', message, error);
  }
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

/** Only its owner can read the file, because it has secrets. */
export function writePrivately(path: string, value: unknown): void {
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
