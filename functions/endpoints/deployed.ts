import * as z from 'zod';
import type { Endpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import { faultsIn } from '../transfer/values/faults.ts';
import { faultsOfUse } from './faults-of-use.ts';
import { namedEndpoint } from './schema.ts';

/** An endpoint as infra/endpoints/endpoint-list.ts writes it. We ignore a field that a later version adds. */
const deployed = z.object({ ...namedEndpoint.shape, secretArn: z.string().min(1).optional() });

/**
 * Reads what the stack stores of an endpoint. This is the first place that judges values which were unknown at synth.
 * Throws InvalidRequest, which names the endpoint and the field.
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
