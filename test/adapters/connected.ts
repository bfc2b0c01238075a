import type { Ports } from '../../functions/engine/ports/ports.ts';
import { connect, pagePorts, storePorts } from '../../functions/runtime/connect.ts';
import type { Endpoint } from '../../functions/transfer/endpoint.ts';

/** The ports that a Lambda makes when it starts in a stack with these endpoints. */
export function connectedTo(...endpoints: readonly Endpoint[]): Ports {
  const register = {
    read: async (name: string) => endpoints.find((each) => each.name === name),
    list: async () => endpoints,
  };
  const urlPolicy = { allowHttp: false, allowPrivateAddresses: false };
  const config = { tableName: 'none', endpointsPath: '/none', stateMachineArn: undefined, urlPolicy };
  return connect([storePorts, pagePorts], config, register)(() => Date.now() + 900_000);
}
