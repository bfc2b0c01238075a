import { cannedAcls } from '../../functions/transfer/values/canned-acls.ts';
import type { StackConfig } from '../../infra/stack-config.ts';

export const REGION = 'us-east-1';

/**
 * The buckets of the two stores that come with every stack on a computer. An object that is put into a:incoming is
 * copied to b:arrived automatically.
 */
export const buckets = { a: ['data', 'incoming'], b: ['data', 'arrived'] } as const;
export type EmbeddedStore = keyof typeof buckets;

/** The name of an endpoint's secret, where keys are asked for by it. */
export const secretName = (endpoint: string): string => `partway/${endpoint}`;

type Endpoints = StackConfig['endpoints'];

/** The stores' endpoints. Their ports are known only when they are up. */
export function embeddedEndpoints(urlOf: (store: EmbeddedStore) => string = () => 'http://127.0.0.1'): Endpoints {
  const endpoint = (name: EmbeddedStore): Endpoints[string] => ({
    provider: 'aws',
    url: urlOf(name),
    region: REGION,
    secretName: secretName(name),
    allow: [...buckets[name]],
    cannedAcls: [...cannedAcls],
  });
  return { a: endpoint('a'), b: endpoint('b') };
}

/**
 * What the stack of every computer is synthesized with, as partway.json would have it. Which endpoints there are, and what
 * they are, is in Parameter Store, so that one template serves all settings.
 */
export function configOf(endpoints: Endpoints = embeddedEndpoints()): StackConfig {
  const into = { endpoint: 'b', bucket: 'arrived' };
  return { endpoints, ingest: [{ endpoint: 'a', bucket: 'incoming', into, storeSendsEvents: true }] };
}
