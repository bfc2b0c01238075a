import { randomBytes } from 'node:crypto';
import type { Credentials } from './signature.ts';

/**
 * The credentials of each function. They are random, and each start of the stack makes new ones. Only that function and
 * the services know them.
 */
export type Callers = {
  /** Makes credentials at the first call, and returns the same ones after that. */
  credentialsOf(functionName: string): Credentials;
  nameOf(accessKeyId: string): string | undefined;
  all(): readonly Credentials[];
};

export function newCallers(): Callers {
  const byName = new Map<string, Credentials>();
  const byKey = new Map<string, string>();
  return {
    credentialsOf: (functionName) => {
      const known = byName.get(functionName);
      if (known) return known;
      const fresh = newCredentials();
      byName.set(functionName, fresh);
      byKey.set(fresh.accessKeyId, functionName);
      return fresh;
    },
    nameOf: (accessKeyId) => byKey.get(accessKeyId),
    all: () => [...byName.values()],
  };
}

/** The credentials have a session token, like those of a Lambda's role. */
function newCredentials(): Credentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
    sessionToken: randomBytes(30).toString('base64url'),
  };
}
