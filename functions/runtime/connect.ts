import { eventBus } from '../adapters/aws/event-bus.ts';
import { cloudWatchMetrics } from '../adapters/aws/metrics.ts';
import { type EndpointRegister, parameterStore } from '../adapters/aws/parameter-store.ts';
import { stepFunctions } from '../adapters/aws/step-functions.ts';
import { dynamodbCheckpoints } from '../adapters/dynamodb/checkpoints.ts';
import { dynamodbSweeps } from '../adapters/dynamodb/sweeps.ts';
import { asPage } from '../adapters/page-requests.ts';
import { s3Signer } from '../adapters/s3/presign.ts';
import { s3Source } from '../adapters/s3/source.ts';
import { s3Target } from '../adapters/s3/target.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { urlSource } from '../adapters/url-source.ts';
import type { EndpointFacts, Ports } from '../engine/ports/ports.ts';
import { refuseUnaddressable } from '../transfer/addressing.ts';
import { type Endpoint, refuseAcl, refuseOutside, unknownEndpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import { targetAsSource } from '../transfer/read-back.ts';
import type { ObjectSource } from '../transfer/request.ts';
import type { ObjectAddress } from '../transfer/transfer.ts';
import type { Use } from '../transfer/values/places.ts';
import { type OpenClient, openClients, profileOf } from './clients.ts';
import { type Config, readConfig } from './config.ts';
import { logger } from './log.ts';

/** Makes the ports for one Lambda call. Only this file chooses adapters. */
export type Connect = (deadlineMs: () => number) => Ports;

export function connect(
  config: Config = readConfig(),
  register: EndpointRegister = parameterStore(config.endpointsPath, systemClock),
): Connect {
  const checkpoints = dynamodbCheckpoints(config.tableName, systemClock);
  const sweeps = dynamodbSweeps(config.tableName, systemClock);
  const executions = stepFunctions(() => required(config.stateMachineArn));
  const publish = eventBus();
  const count = cloudWatchMetrics();
  const announce: Ports['announce'] = async (announcement) => {
    await publish(announcement);
    count(announcement);
  };
  const stores = storePorts(register, openClients(), config);
  return (deadlineMs) => ({
    checkpoints,
    sweeps,
    executions,
    announce,
    ...stores,
    asPage,
    clock: systemClock,
    deadlineMs,
    log: (message, facts) => logger.info(message, { ...facts }),
  });
}

type StorePorts = Pick<
  Ports,
  'admit' | 'endpoint' | 'endpoints' | 'source' | 'written' | 'target' | 'signer' | 'profile' | 'store'
>;

function storePorts(register: EndpointRegister, open: OpenClient, { urlPolicy }: Config): StorePorts {
  const at = async (address: ObjectAddress, use: Use): Promise<Endpoint> => {
    const endpoint = await named(register, address.endpoint);
    refuseOutside(endpoint, address, use);
    return endpoint;
  };
  const addressable = async (address: ObjectAddress, use: Use): Promise<Endpoint> => {
    const endpoint = await at(address, use);
    refuseUnaddressable(endpoint, profileOf(endpoint), address.bucket);
    return endpoint;
  };
  const read = async (source: ObjectSource, use: Use, verify: boolean) => {
    const { client, profile } = await open(await at(source, use));
    return s3Source(client, source, { verify, profile });
  };
  return {
    admit: async ({ source, target, acl }) => {
      if ('endpoint' in source) await addressable(source, 'read');
      refuseAcl(await addressable(target, 'write'), acl);
    },
    endpoint: async (name) => {
      const endpoint = await register.read(name);
      return endpoint && factsOf(endpoint);
    },
    endpoints: async () => (await register.list()).map(factsOf),
    source: async ({ request: { source, verifySource: verify } }) => {
      if ('client' in source)
        throw new TransferError('InvalidRequest', 'Only the client has the bytes, so Partway cannot read them.');
      return 'url' in source ? urlSource(source.url, urlPolicy, { verify }) : read(source, 'read', verify);
    },
    written: (transfer, present) => read(targetAsSource(transfer, present), 'write', true),
    target: async ({ request }) => {
      const { client, profile } = await open(await at(request.target, 'write'));
      return s3Target(client, profile);
    },
    signer: async ({ request }) => {
      const endpoint = await at(request.target, 'write');
      // Clients may reach the store at another address than the stack does.
      const { client, profile } = await open({ ...endpoint, url: endpoint.publicUrl ?? endpoint.url });
      return s3Signer(client, profile);
    },
    profile: async (name) => profileOf(await named(register, name)),
    store: async (name) => {
      const { client, profile } = await open(await named(register, name));
      return s3Target(client, profile);
    },
  };
}

async function named(register: EndpointRegister, name: string): Promise<Endpoint> {
  const endpoint = await register.read(name);
  if (endpoint) return endpoint;
  throw unknownEndpoint(name);
}

function factsOf({ secretArn: _, ...facts }: Endpoint): EndpointFacts {
  return facts;
}

function required(stateMachineArn: string | undefined): string {
  if (stateMachineArn === undefined) throw new Error('PARTWAY_STATE_MACHINE is not set for this function.');
  return stateMachineArn;
}
