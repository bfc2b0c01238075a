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
import { refuseSourceUrl, urlSource } from '../adapters/url-source.ts';
import type { EndpointFacts, Ports } from '../engine/ports/ports.ts';
import { refuseUnaddressable } from '../transfer/addressing.ts';
import { type Endpoint, refuseAcl, refuseOutside, unknownEndpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import { targetAsSource } from '../transfer/read-back.ts';
import type { ObjectSource, TransferRequest } from '../transfer/request.ts';
import type { ObjectAddress } from '../transfer/transfer.ts';
import type { Use } from '../transfer/values/places.ts';
import { sourceName } from '../transfer/views/view.ts';
import { type OpenClient, openClients, profileOf } from './clients.ts';
import { type Config, readConfig } from './config.ts';
import { logger } from './log.ts';

/** Makes the ports for one Lambda call. Only this file chooses adapters. */
export type Connect = (deadlineMs: () => number) => Ports;

/**
 * Some of the ports, with the clients that they need. `register` is Parameter Store if it is left out. A handler names its groups, so that its bundle has no other
 * clients. infra/function-calls.ts says what a function may call; test/infra/bundles.test.ts compares the two.
 */
export type PortGroup = (config: Config, register?: EndpointRegister) => Partial<Ports>;

/** The ports of one function: these groups, and the checkpoints, which every function has. */
export function connect(
  groups: readonly PortGroup[],
  config: Config = readConfig(),
  register?: EndpointRegister,
): Connect {
  const kept: Partial<Ports> = {
    checkpoints: dynamodbCheckpoints(config.tableName, systemClock),
    clock: systemClock,
    copyingMiB: config.copyingMiB,
    log: (message, facts) => logger.info(message, { ...facts }),
  };
  for (const group of groups) Object.assign(kept, group(config, register));
  return (deadlineMs) => whole({ ...kept, deadlineMs });
}

/** If a function asks for a port that it does not have, its handler lacks a group. */
function whole(ports: Partial<Ports>): Ports {
  const get = (known: object, name: string | symbol): unknown => {
    if (name in known) return Reflect.get(known, name);
    throw new Error(`This function has no port \`${String(name)}\`. Its file in functions/ names its groups of ports.`);
  };
  return new Proxy(ports, { get }) as Ports;
}

export const sweepPorts: PortGroup = ({ tableName }) => ({ sweeps: dynamodbSweeps(tableName, systemClock) });

export const executionPorts: PortGroup = ({ stateMachineArn }) => ({
  executions: stepFunctions(() => required(stateMachineArn)),
});

export const announcePorts: PortGroup = () => {
  const publish = eventBus();
  const count = cloudWatchMetrics();
  return {
    announce: async (announcement) => {
      await publish(announcement);
      count(announcement);
    },
  };
};

/** Requests as a web page would send them. */
export const pagePorts: PortGroup = () => ({ asPage });

/** What is known of endpoints without a call to a store. */
export const endpointPorts: PortGroup = (config, register = registerOf(config)) => {
  const addressable = async (address: ObjectAddress, use: Use): Promise<Endpoint> => {
    const endpoint = await placeAt(register, address, use);
    refuseUnaddressable(endpoint, profileOf(endpoint), address.bucket);
    return endpoint;
  };
  return {
    admit: async ({ source, target, acl }) => {
      if ('url' in source) refuseSourceUrl(source.url, config.urlPolicy);
      if ('endpoint' in source) await addressable(source, 'read');
      refuseAcl(await addressable(target, 'write'), acl);
    },
    endpoint: async (name) => {
      const endpoint = await register.read(name);
      return endpoint && factsOf(endpoint);
    },
    endpoints: async () => (await register.list()).map(factsOf),
    profile: async (name) => profileOf(await named(register, name)),
  };
};

/** Files behind URLs, and nothing else as a source. */
export const filePorts: PortGroup = ({ urlPolicy }) => ({
  source: async ({ request: { source, verifySource: verify } }) => {
    if ('url' in source) return urlSource(source.url, urlPolicy, { verify });
    throw new TransferError('InvalidRequest', `${sourceName(source)} is not a URL.`);
  },
});

/** Endpoints, and the stores behind them. */
export const storePorts: PortGroup = (config, register = registerOf(config)) =>
  storesBy(openClients(), config, register);

function storesBy(open: OpenClient, config: Config, register: EndpointRegister): Partial<Ports> {
  const read = async (request: TransferRequest, source: ObjectSource, use: Use, verify: boolean) => {
    const { client, profile } = await open(paidFor(request, await placeAt(register, source, use)));
    return s3Source(client, source, { verify, profile });
  };
  return {
    ...endpointPorts(config, register),
    source: async ({ request }) => {
      const { source, verifySource: verify } = request;
      if ('client' in source)
        throw new TransferError('InvalidRequest', 'Only the client has the bytes, so Partway cannot read them.');
      return 'url' in source
        ? urlSource(source.url, config.urlPolicy, { verify })
        : read(request, source, 'read', verify);
    },
    written: (transfer, present) => read(transfer.request, targetAsSource(transfer, present), 'write', true),
    target: async ({ request }) => {
      const { client, profile } = await open(paidFor(request, await placeAt(register, request.target, 'write')));
      return s3Target(client, profile);
    },
    store: async (name) => {
      const { client, profile } = await open(await named(register, name));
      return s3Target(client, profile);
    },
  };
}

/** Stores, and what signs writes that a client sends to the target itself. */
export const pushPorts: PortGroup = (config, register = registerOf(config)) => {
  const open = openClients();
  return {
    ...storesBy(open, config, register),
    signer: async ({ request }) => {
      const endpoint = await placeAt(register, request.target, 'write');
      // Clients may reach the store at another address than the stack does.
      const { client, profile } = await open({ ...endpoint, url: endpoint.publicUrl ?? endpoint.url });
      return s3Signer(client, profile);
    },
  };
};

function registerOf({ endpointsPath }: Config): EndpointRegister {
  return parameterStore(endpointsPath, systemClock);
}

async function placeAt(register: EndpointRegister, address: ObjectAddress, use: Use): Promise<Endpoint> {
  const endpoint = await named(register, address.endpoint);
  refuseOutside(endpoint, address, use);
  return endpoint;
}

async function named(register: EndpointRegister, name: string): Promise<Endpoint> {
  const endpoint = await register.read(name);
  if (endpoint) return endpoint;
  throw unknownEndpoint(name);
}

/** The request says who pays at the endpoint of its source. A store that copies by itself reads the source there too. */
function paidFor({ source, requesterPays }: TransferRequest, endpoint: Endpoint): Endpoint {
  const isOfSource = 'endpoint' in source && source.endpoint === endpoint.name;
  return requesterPays && isOfSource ? { ...endpoint, requesterPays } : endpoint;
}

function factsOf({ secretArn: _, role: __, ...facts }: Endpoint): EndpointFacts {
  return facts;
}

function required(stateMachineArn: string | undefined): string {
  if (stateMachineArn === undefined) throw new Error('PARTWAY_STATE_MACHINE is not set for this function.');
  return stateMachineArn;
}
