import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { localErrors } from '../../failures/local-errors.ts';
import { isAlive } from '../../leases/leases.ts';
import { CliError, exitCodes, invalid } from '../failure/failure.ts';

export type Connection = {
  readonly apiUrl: string;
  readonly region: string;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
};

/** Where an API is, and how often we may ask it. `connect` is called for each request and must be cheap. */
export type Api = { readonly connect: () => Promise<Connection>; readonly pollMs: number };

const LOCAL_POLL_MS = 250; // nobody pays for it, and a transfer on one computer lasts seconds
const DEPLOYED_POLL_MS = 1_000; // batches report once a second, so asking more often would learn nothing

/** Written by the stack on this computer when it is ready to be called. */
const stackSchema = z.object({
  pid: z.int().positive(),
  apiUrl: z.url(),
  region: z.string().min(1),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
});

/** The stack on this computer. We look it up for each call, because a stack that is started again has another port. */
export function localApi(home: string): Api {
  return {
    pollMs: LOCAL_POLL_MS,
    connect: async () => {
      const { apiUrl, region, accessKeyId, secretAccessKey, pid } = readStack(home);
      if (!isAlive(pid)) throw noStack(`The stack in ${home} has stopped: its process ${pid} is gone.`);
      return { apiUrl, region, credentials: { accessKeyId, secretAccessKey } };
    },
  };
}

/** The process of the stack that runs in this folder. */
export function runningStack(home: string): number | undefined {
  try {
    const { pid } = readStack(home);
    return isAlive(pid) ? pid : undefined;
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

/**
 * A deployed stack, called with the AWS credentials of the person who runs the CLI: environment, profile, SSO, role.
 */
export function deployedApi({ apiUrl, region }: { apiUrl: string; region: string | undefined }): Api {
  const url = URL.parse(apiUrl);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalid(`--api takes the URL of the API, as https://…; "${apiUrl}" is none.`);
  }
  const signingRegion =
    region ?? regionInHost(url.hostname) ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  if (!signingRegion) throw invalid(`${url.hostname} does not say its region.`, 'Give --region, or set AWS_REGION.');
  let connection: Promise<Connection> | undefined;
  const open = async (): Promise<Connection> => {
    // It is slow to load, and the stack on this computer does not need it.
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return { apiUrl, region: signingRegion, credentials: defaultProvider() };
  };
  return {
    pollMs: DEPLOYED_POLL_MS,
    connect: () => {
      connection ??= open();
      return connection;
    },
  };
}

/** API Gateway's own host names always contain the right region, so the name counts before AWS_REGION. */
function regionInHost(host: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(host)?.[1];
}

function readStack(home: string): z.infer<typeof stackSchema> {
  const path = join(home, 'stack.json');
  try {
    return stackSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = isMissing ? `No stack runs on this computer: there is no ${path}.` : `${path} cannot be read.`;
    throw noStack(message, error);
  }
}

function noStack(message: string, cause?: unknown): CliError {
  return new CliError(
    { name: 'NoStack', message, next: localErrors.NoStack },
    { exitCode: exitCodes.unreachable, mayPass: true, cause },
  );
}
