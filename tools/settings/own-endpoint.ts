import * as z from 'zod';
import { faultsOfUse } from '../../functions/endpoints/faults-of-use.ts';
import { endpointShape } from '../../functions/endpoints/schema.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';

const key = z.string('it takes what the store gave out').min(1, 'it takes what the store gave out');

export const endpointKeys = z.object({
  accessKeyId: key,
  secretAccessKey: key,
  sessionToken: key.optional(),
  expiration: z.iso.datetime({ offset: true, error: 'it takes a time such as 2026-11-20T10:00:00Z' }).optional(),
});

/** A person's own store, as settings.json has it: an endpoint with its keys. */
export const ownEndpoint = z.strictObject({ ...endpointShape, ...endpointKeys.shape });

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
