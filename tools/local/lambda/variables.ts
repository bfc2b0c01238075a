import { devNull } from 'node:os';
import type { Credentials } from '../../signed/signature.ts';
import type { LocalFunction } from '../template/assembly.ts';
import { place } from '../template/physical.ts';

// A function gets only these variables of this computer's environment, and no credentials, profile or proxy.
const INHERITED = ['PATH', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'] as const;

type Given = {
  readonly variables: { readonly [name: string]: string };
  readonly credentials: Credentials;
  readonly runtimeApi: string;
};

/** The variables that Lambda sets in an execution environment. */
export function environmentVariables(
  fn: LocalFunction,
  { variables, credentials, runtimeApi }: Given,
): { [variable: string]: string } {
  const inherited = INHERITED.flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    ...fn.environment,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    // Without these three, the SDK would read ~/.aws, and ask the metadata service of a cloud machine.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: fn.codeDirectory,
    _HANDLER: fn.handler,
    ...variables,
  };
}
