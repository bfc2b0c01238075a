import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../engine/ports/ports.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { Credentials } from './client.ts';
import { nameOf } from './failure.ts';
import { metadataOf, statusOf } from './status.ts';

// A part is tried again after about 2.5 s. All lanes of a Lambda fail together, so one read of the secret is enough for
// all of them.
const LOOKS_APART_MS = 2_000;
// The SDK also refreshes credentials so long before they expire: https://github.com/smithy-lang/smithy-typescript
// packages/core, memoizeIdentityProvider
const EXPIRES_SOON_MS = 300_000;

/** The credentials in a secret. The secret is read again while a client uses it. */
export type RotatingCredentials = {
  /**
   * The SDK calls this for its first request, when the credentials are about to expire, and when it must refresh them.
   * Then we read the secret again, unless we have just read it. If the secret cannot be read, the old credentials stay,
   * and the next call reads it again.
   */
  present(options?: { readonly forceRefresh?: boolean }): Promise<Credentials>;
  /** Which credentials the SDK has. The number grows when the SDK gets new ones. */
  version(): number;
  /** Whether these credentials are the ones that were read last. */
  are(credentials: Credentials): boolean;
};

export function rotatingCredentials(
  read: () => Promise<Credentials>,
  first: Credentials,
  clock: Pick<Clock, 'nowMs'>,
): RotatingCredentials {
  let newest = { credentials: first, version: 1 };
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let given = 0;
  const are = (credentials: Credentials) => JSON.stringify(credentials) === JSON.stringify(newest.credentials);
  const look = async () => {
    const credentials = await read().catch(() => newest.credentials);
    newest = { credentials, version: newest.version + (are(credentials) ? 0 : 1) };
    lookedAtMs = clock.nowMs();
    looking = undefined;
  };
  return {
    present: async ({ forceRefresh = false } = {}) => {
      const leftMs = (newest.credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - clock.nowMs();
      const isDue = forceRefresh || (given > 0 && leftMs < EXPIRES_SOON_MS);
      if (isDue && clock.nowMs() - lookedAtMs >= LOOKS_APART_MS) looking ??= look();
      await looking;
      given = newest.version;
      return newest.credentials;
    },
    version: () => given,
    are,
  };
}

/** The store refused credentials that the secret no longer holds. */
class CredentialsReplacedError extends Error {
  override readonly name = 'CredentialsReplaced';
  readonly $metadata: ReturnType<typeof metadataOf>;

  constructor(refusal: Error) {
    super(`the store refused the keys that the secret held before it changed (${refusal.name}: ${refusal.message})`, {
      cause: refusal,
    });
    this.$metadata = metadataOf(refusal);
  }
}

/**
 * If a store refuses the credentials, the client reads its secret again. If the secret now holds other credentials, the
 * attempt is worth repeating. Some stores (OBS, MinIO) answer for an expired token that they do not know the key, so
 * the code alone does not show this.
 */
export function readAgainWhenRefused(
  client: S3Client,
  credentials: RotatingCredentials,
  { errorCodes }: Pick<ProviderProfile, 'errorCodes'>,
): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const before = credentials.version();
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof Error) || !isOfCredentials(error, errorCodes)) throw error;
        await client.config.credentials({ forceRefresh: true });
        // The first request begins before the SDK has any credentials, so it is signed with the first version.
        throw credentials.version() === Math.max(before, 1) ? error : new CredentialsReplacedError(error);
      }
    },
    { step: 'initialize', name: 'secretReadAgain' },
  );
}

/**
 * Whether the error is about the credentials. We check the status too, since `nameOf` says Refused for a 404 of which
 * it knows no meaning.
 */
function isOfCredentials(error: Error, errorCodes: ProviderProfile['errorCodes']): boolean {
  return [400, 401, 403].includes(statusOf(error) ?? 0) && ['Refused', 'Expired'].includes(nameOf(error, errorCodes));
}
