import { type Calls, callsOf, type FunctionName } from '../../infra/function-calls.ts';

const touchesStores = ({ sources, targets }: Calls): boolean => (sources ?? targets) !== undefined;

/** The SDK's clients, and which functions need them. */
export const sdkClients = [
  { client: 'DynamoDBClient', from: '@aws-sdk/client-dynamodb', isNeeded: () => true },
  { client: 'S3Client', from: '@aws-sdk/client-s3', isNeeded: touchesStores },
  { client: 'SecretsManagerClient', from: '@aws-sdk/client-secrets-manager', isNeeded: touchesStores },
  { client: 'SSMClient', from: '@aws-sdk/client-ssm', isNeeded: ({ endpoints }) => endpoints !== undefined },
  { client: 'SFNClient', from: '@aws-sdk/client-sfn', isNeeded: ({ executions }) => executions !== undefined },
  { client: 'EventBridgeClient', from: '@aws-sdk/client-eventbridge', isNeeded: ({ announces }) => announces === true },
] as const satisfies readonly { client: string; from: string; isNeeded: (calls: Calls) => boolean }[];

export const clientsOf = (name: FunctionName) => sdkClients.filter(({ isNeeded }) => isNeeded(callsOf(name)));
