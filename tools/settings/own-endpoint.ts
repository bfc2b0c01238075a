import * as z from 'zod';
import { faultsOfUse } from '../../functions/endpoints/faults-of-use.ts';
import { storeKeys } from '../../functions/endpoints/keys.ts';
import { endpointShape } from '../../functions/endpoints/schema.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';

export const endpointKeys = z.object(storeKeys);

/** A person's own store, as settings.json has it: an endpoint with its keys. */
export const ownEndpoint = z.strictObject({ ...endpointShape, ...storeKeys });

/** Why this kind of store could not be used so, though each field by itself is right. */
export function faultsOfOwn(name: string, value: unknown): string[] {
  const faults = faultsOfUse(value, { hasSecret: true });
  const all = [...faults, ...faultOfToken(value)];
  return all.map(([field, why]) => `\`endpoints.${name}.${field}\`: ${why}`);
}

function faultOfToken(value: unknown): (readonly [string, string])[] {
  const { provider, sessionToken } = (value ?? {}) as { provider?: string; sessionToken?: unknown };
  const known: Readonly<Record<string, ProviderProfile>> = profiles;
  const profile = known[provider ?? ''];
  if (typeof sessionToken !== 'string' || profile?.takesSessionToken !== false) return [];
  return [['sessionToken', `${profile.title} takes none; give a key pair that lasts`]];
}
