import { existsSync, readFileSync } from 'node:fs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { pageOrigin } from '../functions/api/pages.ts';
import { faultsOfUse } from '../functions/endpoints/faults-of-use.ts';
import { faultyLine } from '../functions/endpoints/faulty-line.ts';
import { endpointShape, kmsKeyArn, namedEndpoint } from '../functions/endpoints/schema.ts';
import { faultsIn } from '../functions/transfer/values/faults.ts';
import { ingest, speed, sweep, urlPolicy } from './options.ts';
import type { PartwayProps } from './partway.ts';

const endpoint = z.strictObject({
  ...endpointShape,
  /** The name of a secret in Secrets Manager, never the secret itself. */
  secretName: z
    .string()
    .min(1)
    .regex(/^(?!.*-[A-Za-z0-9]{6}$)/, 'may not end in "-" and six characters: AWS would read them as the end of an ARN')
    .optional(),
  kmsKeyArns: z.array(kmsKeyArn).optional(),
});

const config = z.strictObject({
  endpoints: z
    .record(namedEndpoint.shape.name, endpoint)
    .refine((all) => Object.keys(all).length > 0, 'it takes at least one endpoint'),
  ingest: z.array(ingest).default([]),
  sweep: sweep.default({}),
  speed: speed.default('balanced'),
  urlPolicy: urlPolicy.default({}),
  allowOrigins: z.array(pageOrigin).default([]),
});

export type StackConfig = z.input<typeof config>;

/** Reads the file with the stack's endpoints and options. Throws one Error that names each field that cannot work. */
export function readStackConfig(scope: Construct, path: string): PartwayProps {
  if (!existsSync(path))
    throw new Error(
      `There is no ${path}. Copy partway.example.json to it, and name your endpoints there (README, "Deploy").`,
    );
  // Some editors begin a file with a byte-order mark, which JSON does not have.
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const line = faultyLine(text);
  if (line !== undefined) throw new Error(`${path} cannot be read: it is no JSON from line ${line} on.`);
  const value = JSON.parse(text);
  const result = config.safeParse(value);
  const faults = result.success ? [] : faultsIn(result.error, value, { whole: 'The file', hidden: /^$/ });
  faults.push(...endpointFaults(value));
  if (!result.success || faults.length > 0) throw new Error(`${path} cannot be accepted: ${faults.join('. ')}.`);
  const endpoints = Object.entries(result.data.endpoints).map(([name, { secretName, ...facts }]) => ({
    name,
    ...facts,
    ...(secretName ? { secret: Secret.fromSecretNameV2(scope, `secret-${name}`, secretName) } : {}),
  }));
  return { ...result.data, endpoints };
}

/** Checks whether the fields of each endpoint work together. */
function endpointFaults(value: { endpoints?: object } | null): string[] {
  return Object.entries(value?.endpoints ?? {}).flatMap(([name, endpoint]) => {
    const hasSecret = (endpoint as { secretName?: unknown } | null)?.secretName !== undefined;
    return faultsOfUse(endpoint, { hasSecret }).map(([field, why]) => `\`endpoints.${name}.${field}\`: ${why}`);
  });
}
