import { roleSessions } from '../adapters/aws/role-sessions.ts';
import { secretsManager } from '../adapters/aws/secrets.ts';
import { type Credentials, mustBeTaken, s3Client } from '../adapters/s3/client.ts';
import { type RotatingCredentials, rotatingCredentials } from '../adapters/s3/rotating-credentials.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { profiles } from '../providers/profiles.ts';
import type { Endpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { partChecksumAt } from '../transfer/values/part-checksum.ts';

type Opened = {
  readonly endpoint: Endpoint;
  /** Without a secret and a role, the Lambda's own role signs. The SDK renews those credentials by itself. */
  readonly credentials: RotatingCredentials | undefined;
  readonly client: ReturnType<typeof s3Client>;
  readonly profile: ProviderProfile;
};
export type OpenClient = (endpoint: Endpoint) => Promise<Opened>;

/**
 * Opens the client of an endpoint. It looks up the credentials with each call, so that a repaired secret helps the next
 * batch without a deployment. The client also looks them up when a store refuses them in the middle of a batch, so a
 * rotation costs only one attempt. As long as credentials and endpoint stay the same, the client and its connections
 * are kept.
 */
export function openClients(): OpenClient {
  const keys = keysOfEndpoints();
  const opened = new Map<string, Opened>();
  return async (endpoint) => {
    const profile = profileOf(endpoint);
    const read = keys(endpoint, profile);
    const present = await read?.();
    const address = `${endpoint.name} ${endpoint.url} ${endpoint.requesterPays === true}`;
    const known = opened.get(address);
    const isSame = known && JSON.stringify(known.endpoint) === JSON.stringify(endpoint);
    if (isSame && (!present || known.credentials?.are(present))) return known;
    known?.client.destroy();
    const again = () => read?.({ isRefused: true }) ?? Promise.reject(new Error('There is nothing to read.'));
    const credentials = present && rotatingCredentials(again, present, systemClock);
    const fresh = { endpoint, credentials, client: s3Client(endpoint, profile, credentials), profile };
    opened.set(address, fresh);
    return fresh;
  };
}

type ReadKeys = (why?: { readonly isRefused: boolean }) => Promise<Credentials>;

/** Where the keys of an endpoint come from: its secret, or the role that the secret or the Lambda's own role assumes. */
function keysOfEndpoints(): (endpoint: Endpoint, profile: ProviderProfile) => ReadKeys | undefined {
  const secrets = secretsManager();
  const sessions = roleSessions(systemClock);
  return (endpoint, profile) => {
    const { secretArn, role } = endpoint;
    const ofSecret = secretArn === undefined ? undefined : () => secrets(secretArn);
    const read: ReadKeys | undefined = role ? sessions({ ...endpoint, role }, ofSecret) : ofSecret;
    return read && (async (why) => mustBeTaken(endpoint, profile, await read(why)));
  };
}

/** What is known about the store: the profile of its kind, changed by what the endpoint says. */
export function profileOf(endpoint: Endpoint): ProviderProfile {
  const known: Readonly<Record<string, ProviderProfile>> = profiles;
  const profile = known[endpoint.provider];
  if (profile) return { ...profile, partChecksum: partChecksumAt(endpoint, profile.partChecksum) };
  throw new TransferError(
    'InvalidRequest',
    `Endpoint "${endpoint.name}" names provider "${endpoint.provider}". Partway knows: ${Object.keys(known).join(', ')}.`,
  );
}
