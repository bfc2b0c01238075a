import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../engine/ports/ports.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { Credentials } from './client.ts';
import { nameOf } from './failure.ts';
import { metadataOf, statusOf } from './status.ts';

// A part is tried again after about 2.5 s. All lanes of a Lambda fail together, and one look does for all of them.
const LOOKS_APART_MS = 2_000;
// The SDK's own: https://github.com/smithy-lang/smithy-typescript packages/core, memoizeIdentityProvider
const EXPIRES_SOON_MS = 300_000;

/** What a secret holds, read again while a client is at work with it. */
export type RotatingCredentials = {
  /**
   * For the SDK, which asks at first, when they are about to expire, and when it is told to refresh them: then the secret
   * is read again, unless that was done just now. One that cannot be read at the moment leaves what there is, and is
   * read the next time.
   */
  present(options?: { readonly forceRefresh?: boolean }): Promise<Credentials>;
  /** Which ones the SDK has; grows when it gets others. */
  version(): number;
  /** Whether these are the ones that were read last. */
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

/** The store's refusal of credentials that the secret no longer holds. */
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
 * A refusal makes the client read its secret again. Where it holds something else by then, what was refused is past, and
 * another attempt is worth making: some stores (OBS, MinIO) call an expired token a key that they do not know.
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
        // The very first request begins before anything was given, and is signed with what is given then.
        throw credentials.version() === Math.max(before, 1) ? error : new CredentialsReplacedError(error);
      }
    },
    { step: 'initialize', name: 'secretReadAgain' },
  );
}

/** A missing key is called Refused too by whoever was not told what a 404 means. */
function isOfCredentials(error: Error, errorCodes: ProviderProfile['errorCodes']): boolean {
  return [400, 401, 403].includes(statusOf(error) ?? 0) && ['Refused', 'Expired'].includes(nameOf(error, errorCodes));
}
