import type { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import type { RunningStack } from '../local/stack.ts';

export type Client = S3Client;
export type Store = { readonly client: Client; readonly profile: ProviderProfile };

/** A client for one of the stack's endpoints, to read an object without Partway. Throws InvalidRequest. */
export function storeOf({ stores, settings, region }: RunningStack, endpoint: string): Store {
  if (endpoint === 'a' || endpoint === 'b') {
    const { url, ...keys } = stores[endpoint];
    const { aws: profile } = profiles;
    const client = s3Client(
      { name: endpoint, provider: 'aws', url, region, secretArn: undefined, allow: [] },
      profile,
      keys,
    );
    return { client, profile };
  }
  const own = settings.endpoints[endpoint];
  const known: Readonly<Record<string, ProviderProfile>> = profiles;
  const profile = own && known[own.provider];
  if (!profile)
    throw new TransferError(
      'InvalidRequest',
      `There is no endpoint "${endpoint}" in the settings (${settings.path ?? 'there are none'}); "a" and "b" are always there.`,
    );
  const client = s3Client(
    { name: endpoint, provider: own.provider, url: own.url, region: own.region, secretArn: undefined, allow: [] },
    profile,
    { ...own, expiration: undefined }, // we use these keys at once, so they need not be renewed
  );
  return { client, profile };
}
