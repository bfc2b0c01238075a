import type { StackConfig } from '../../infra/stack-config.ts';
import { type EmbeddedStore, embeddedEndpoints, secretName } from '../settings/embedded.ts';
import type { Settings } from '../settings/settings.ts';
import type { Assembly } from './template/assembly.ts';
import { arnOf } from './template/physical.ts';

type Endpoints = StackConfig['endpoints'];

/** All endpoints of this computer, as partway.json would have them. */
export function endpointsOf({ endpoints }: Settings, urlOf?: (store: EmbeddedStore) => string): Endpoints {
  const own = Object.entries(endpoints).map(
    ([name, { accessKeyId: _a, secretAccessKey: _s, sessionToken: _t, expiration: _e, ...facts }]) =>
      [name, { ...facts, secretName: secretName(name) }] as const,
  );
  return { ...embeddedEndpoints(urlOf), ...Object.fromEntries(own) };
}

/** What Parameter Store holds of them, as infra/endpoints/endpoint-list.ts writes it for a deployed stack. */
export function parametersOf(endpoints: Endpoints, { functions }: Assembly): ReadonlyMap<string, string> {
  const path = functions[0]?.environment.PARTWAY_ENDPOINTS;
  const parameters = Object.entries(endpoints).map(([name, { secretName: secret, kmsKeyArns: _, ...facts }]) => {
    const secretArn = secret === undefined ? {} : { secretArn: arnOf('secretsmanager', `secret:${secret}`) };
    return [`${path}/${name}`, JSON.stringify({ name, ...facts, ...secretArn })] as const;
  });
  return new Map(parameters);
}
