import { Token } from 'aws-cdk-lib';
import * as z from 'zod';
import { pageOrigin } from '../functions/api/pages.ts';
import { faultsIn } from '../functions/transfer/values/faults.ts';
import { PUSH_DAYS_MAX } from '../functions/transfer/values/push-days.ts';
import { speedNames } from '../functions/transfer/values/speeds.ts';

/** The options of a stack. partway.json and the construct take the same ones. */

export const ingest = z.strictObject({
  endpoint: z.string(),
  bucket: z.string(),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
  into: z.strictObject({ endpoint: z.string(), bucket: z.string(), keyPrefix: z.string().optional() }),
  options: z.record(z.string(), z.unknown()).optional(),
  storeSendsEvents: z.boolean().optional(),
});

export const sweep = z.strictObject({
  orphanDays: z.int().min(1).optional(),
  abortOrphans: z.boolean().optional(),
  pushDays: z.int().min(1).max(PUSH_DAYS_MAX).optional(),
});

export const urlPolicy = z.strictObject({
  allowHttp: z.boolean().optional(),
  allowPrivateAddresses: z.boolean().optional(),
});

export const speed = z.enum(speedNames);

/** The fields of the construct. Endpoints have rules of their own, and CDK's own objects are left to CDK. */
const props = z.strictObject({
  endpoints: z.array(z.unknown()).min(1, 'it takes at least one endpoint'),
  ingest: z.array(ingest).optional(),
  urlPolicy: urlPolicy.optional(),
  authorizer: z.unknown().optional(),
  allowOrigins: z.array(pageOrigin).optional(),
  speed: speed.optional(),
  sweep: sweep.optional(),
  alarmTopic: z.unknown().optional(),
  removalPolicy: z.unknown().optional(),
});

/**
 * Throws one Error that names each field that the construct does not have, and each value that cannot work. JavaScript
 * has no compiler that finds a misspelt field, and a field that is ignored would look as if it worked. A value that is
 * known only after the deployment (a token) is not checked.
 */
export function refuseBadOptions(given: object): void {
  const issues = (props.safeParse(given).error?.issues ?? []).filter(({ path }) => !isToken(given, path));
  if (issues.length === 0) return;
  const faults = faultsIn({ issues }, given, { whole: 'It', hidden: /^$/ });
  throw new Error(`The properties of Partway cannot be accepted: ${faults.join('. ')}.`);
}

function isToken(given: unknown, path: readonly PropertyKey[]): boolean {
  const value = path.reduce((within, key) => (within as Record<PropertyKey, unknown> | undefined)?.[key], given);
  return Token.isUnresolved(value);
}
