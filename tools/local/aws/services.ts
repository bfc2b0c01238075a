import { LocalError } from '../../failures/local-errors.ts';
import { asList, asObject, asString } from '../../json.ts';
import { AwsError } from '../../signed/observe.ts';
import type { Service } from '../door/door.ts';
import type { Executions } from '../machine/executions.ts';
import { arnOf } from '../template/physical.ts';
import type { BusAnswer, BusEntry } from './bus.ts';
import { type Parameters, parameterStore } from './parameter-store.ts';
import { stepFunctions } from './step-functions.ts';

export type ServicesOptions = {
  /** Called at every request. The machines open after this server, because their Lambdas need its address. */
  readonly machines: () => readonly Executions[];
  readonly putEvents: (entries: readonly BusEntry[]) => readonly BusAnswer[];
  /**
   * Functions that read secret strings, by name. Each request calls one, so a changed file takes effect at once. They may
   * throw LocalError.
   */
  readonly secrets: { readonly [name: string]: () => string };
  /** Reads the values of Parameter Store, by name. They may be known later than this server starts. */
  readonly parameters?: Parameters;
};

/**
 * The services that the bundled Lambdas call besides S3 and DynamoDB: Step Functions (AWS JSON 1.0), EventBridge,
 * Secrets Manager and Parameter Store (AWS JSON 1.1), as the clients of SDK 3.1162.0 use them.
 */
export function servicesOf(options: ServicesOptions): readonly Service[] {
  const { machines, parameters } = options;
  return [stepFunctions(machines), eventBridge(options), secretsManager(options), parameterStore(parameters)];
}

const eventBridge = ({ putEvents }: ServicesOptions): Service => ({
  signingName: 'events',
  targetPrefix: 'AWSEvents',
  operations: {
    PutEvents: ({ Entries }) => {
      const entries = asList(Entries, 'Entries').map((entry) => asObject(entry, 'Entries') as BusEntry);
      if (entries.length < 1 || entries.length > 10) {
        throw new AwsError('ValidationException', "Member must have length between 1 and 10: 'entries'");
      }
      const answers = putEvents(entries);
      return { Entries: answers, FailedEntryCount: answers.filter((each) => 'ErrorCode' in each).length };
    },
  },
});

const secretsManager = ({ secrets }: ServicesOptions): Service => ({
  signingName: 'secretsmanager',
  targetPrefix: 'secretsmanager',
  operations: {
    GetSecretValue: ({ SecretId }) => {
      const name = secretName(asString(SecretId, 'SecretId'), secrets);
      const SecretString = name === undefined ? undefined : readSecret(secrets[name]);
      if (SecretString === undefined) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      const ARN = arnOf('secretsmanager', `secret:${name}-local0`);
      return { ARN, Name: name, SecretString, VersionId: 'local', VersionStages: ['AWSCURRENT'] };
    },
  },
});

/** Turns a LocalError into Secrets Manager's error for a secret that exists but cannot be read in its present state. */
function readSecret(read: (() => string) | undefined): string | undefined {
  try {
    return read?.();
  } catch (error) {
    throw error instanceof LocalError ? new AwsError('InvalidRequestException', error.message) : error;
  }
}

/** A caller may give a secret's name, its ARN, or its ARN without the six random characters at the end. */
function secretName(secretId: string, known: object): string | undefined {
  const name = secretId.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, '');
  if (Object.hasOwn(known, name)) return name;
  const withoutSuffix = name.replace(/-[A-Za-z0-9]{6}$/, '');
  return secretId.startsWith('arn:') && Object.hasOwn(known, withoutSuffix) ? withoutSuffix : undefined;
}
