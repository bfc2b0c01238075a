import { type ProviderFacts, type ProviderProfile, profileOf } from '../transfer/provider.ts';
import { aws } from './aws.ts';
import { ceph } from './ceph.ts';
import { swift } from './swift.ts';

/** Every kind of store that an endpoint may name, with what is known and how surely. */
export const providerFacts = { aws, ceph, swift } as const satisfies Record<string, ProviderFacts>;

export type ProviderName = keyof typeof providerFacts;

/** The same, as the engine reads them. */
export const profiles = Object.fromEntries(
  Object.entries(providerFacts).map(([name, facts]) => [name, profileOf(facts)]),
) as Readonly<Record<ProviderName, ProviderProfile>>;
