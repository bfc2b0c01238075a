import type { ProviderProfile } from '../transfer/provider.ts';
import { aws } from './aws.ts';
import { ceph } from './ceph.ts';
import { swift } from './swift.ts';

/** Every kind of store that an endpoint may name. */
export const profiles = { aws, ceph, swift } as const satisfies Record<string, ProviderProfile>;

export type ProviderName = keyof typeof profiles;
