import * as z from 'zod';
import type { Endpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import { faultsIn } from '../transfer/values/faults.ts';
import { faultsOfUse } from './faults-of-use.ts';
import { namedEndpoint } from './schema.ts';

/**
 * An endpoint in the form in which infra/endpoints/endpoint-list.ts writes it. Fields that a later version adds are
 * ignored.
 */
const deployed = z.object({ ...namedEndpoint.shape, secretArn: z.string().min(1).optional() });

/**
 * Reads an endpoint from the stack's own store. Some values were unknown at synth, so they are checked here for the
 * first time. Throws InvalidRequest, which names the endpoint and the field.
 */
export function readDeployed(text: string, name: string): Endpoint {
  const value = jsonIn(text);
  const result = deployed.safeParse(value);
  const faults = result.success ? [] : faultsIn(result.error, value, { whole: 'It', hidden: /^secretArn$/ });
  const hasSecret = typeof value === 'object' && value !== null && 'secretArn' in value;
  for (const [field, why] of faultsOfUse(value, { hasSecret })) faults.push(`\`${field}\`: ${why}`);
  if (result.success && faults.length === 0) return result.data;
  throw new TransferError('InvalidRequest', `The stack's endpoint "${name}" cannot be used: ${faults.join('. ')}.`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
