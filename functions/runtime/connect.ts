import { dynamodbCheckpoints } from '../adapters/dynamodb-checkpoints.ts';
import { dynamodbSweeps } from '../adapters/dynamodb-sweeps.ts';
import { eventBus } from '../adapters/event-bus.ts';
import { cloudWatchMetrics } from '../adapters/metrics.ts';
import { type RotatingCredentials, rotatingCredentials } from '../adapters/rotating-credentials.ts';
import { mustBeTaken, s3Client } from '../adapters/s3-client.ts';
import { s3Source } from '../adapters/s3-source.ts';
import { s3Target } from '../adapters/s3-target.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { stepFunctions } from '../adapters/step-functions.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { urlSource } from '../adapters/url-source.ts';
import { profiles } from '../providers/profiles.ts';
import { refuseUnspeakable } from '../transfer/addressing.ts';
import { type Endpoint, endpointFor } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import type { ObjectAddress } from '../transfer/transfer.ts';
import { type Config, readConfig } from './config.ts';
import { logger } from './log.ts';

/** Puts the world together for one Lambda call. Only here are adapters chosen. */
export type Connect = (deadlineMs: () => number) => Ports;

export function connect(config: Config = readConfig()): Connect {
  const checkpoints = dynamodbCheckpoints(config.tableName, systemClock);
  const sweeps = dynamodbSweeps(config.tableName, systemClock);
  const executions = stepFunctions(() => required(config.stateMachineArn));
  const publish = eventBus();
  const count = cloudWatchMetrics();
  const announce: Ports['announce'] = async (announcement) => {
    await publish(announcement);
    count(announcement);
  };
  const openClient = clientFor(config);
  const admit: Ports['admit'] = ({ source, target }) => {
    for (const address of 'endpoint' in source ? [source, target] : [target]) {
      const endpoint = endpointFor(config.endpoints, address);
      refuseUnspeakable(endpoint, profileOf(endpoint), address.bucket);
    }
  };
  return (deadlineMs) => ({
    checkpoints,
    sweeps,
    executions,
    announce,
    admit,
    endpoints: () => [...config.endpoints.values()].map(({ secretArn: _, ...facts }) => facts),
    source: async ({ request }) => {
      const verify = request.verifySource;
      if ('url' in request.source) return urlSource(request.source.url, config.urlPolicy, { verify });
      const { client, profile } = await openClient(request.source.endpoint, request.source);
      return s3Source(client, request.source, { verify, profile });
    },
    target: async ({ request }) => {
      const { client, profile } = await openClient(request.target.endpoint, request.target);
      return s3Target(client, profile);
    },
    store: async (endpoint) => {
      const { client, profile } = await openClient(endpoint);
      return s3Target(client, profile);
    },
    clock: systemClock,
    deadlineMs,
    log: (message, facts) => logger.info(message, { ...facts }),
  });
}

type Opened = {
  /** Without a secret the Lambda's own role signs, and the SDK renews that by itself. */
  readonly credentials: RotatingCredentials | undefined;
  readonly client: ReturnType<typeof s3Client>;
  readonly profile: ProviderProfile;
};

/**
 * Credentials are looked up with each call, so that a repaired secret helps the next batch, not the next deployment; and
 * by the client itself when a store refuses them in the middle of a batch, so that a rotation costs one attempt.
 * The client, and its connections, are kept as long as they stay the same.
 */
function clientFor(config: Config) {
  const secrets = secretsManager();
  const opened = new Map<string, Opened>();
  return async (name: string, address?: ObjectAddress): Promise<Opened> => {
    const endpoint = address ? endpointFor(config.endpoints, address) : named(config, name);
    const profile = profileOf(endpoint);
    const { secretArn } = endpoint;
    const read = secretArn && (async () => mustBeTaken(endpoint, profile, await secrets(secretArn)));
    const present = read ? await read() : undefined;
    const known = opened.get(endpoint.name);
    if (known && (!present || known.credentials?.are(present))) return known;
    known?.client.destroy();
    const credentials = read && present ? rotatingCredentials(read, present, systemClock) : undefined;
    const fresh = { credentials, client: s3Client(endpoint, profile, credentials), profile };
    opened.set(endpoint.name, fresh);
    return fresh;
  };
}

function profileOf(endpoint: Endpoint): ProviderProfile {
  const known: Readonly<Record<string, ProviderProfile>> = profiles;
  const profile = known[endpoint.provider];
  if (profile) return profile;
  throw new TransferError(
    'InvalidRequest',
    `Endpoint "${endpoint.name}" names provider "${endpoint.provider}"; known are: ${Object.keys(known).join(', ')}.`,
  );
}

function named({ endpoints }: Config, name: string): Endpoint {
  const endpoint = endpoints.get(name);
  if (endpoint) return endpoint;
  throw new TransferError('InvalidRequest', `There is no endpoint "${name}" in this stack.`);
}

function required(stateMachineArn: string | undefined): string {
  if (stateMachineArn === undefined) throw new Error('PARTWAY_STATE_MACHINE is not set for this function.');
  return stateMachineArn;
}
