import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackConfig } from '../../infra/stack-config.ts';
import { synthesizeTemplate } from '../../tools/build/template.ts';
import { endpointsOf } from '../../tools/local/endpoints.ts';
import { configOf } from '../../tools/settings/embedded.ts';
import { readSettings } from '../../tools/settings/settings.ts';
import { AwsError, type Observe, type ObservedCall, unobserved } from '../../tools/signed/observe.ts';
import { answeredByS3 } from './answers-s3.ts';
import { DENIED } from './denied.ts';
import { evaluate, type Right } from './evaluate.ts';
import { type Need, needsOf } from './needs.ts';
import { type Rights, readRights } from './rights.ts';

export type Guard = {
  /** Asked at each call, because a test may change them. */
  rights(): Rights;
  /** Told of each call that AWS would deny. */
  onDenied(what: string): void;
  /** Told what allowed a call, for each thing that it needs. */
  onAllowed?(allowed: Allowed): void;
};
export type Allowed = {
  readonly call: ObservedCall;
  readonly principal: string;
  readonly need: Need;
  readonly by: readonly Right[];
};

/** Lets through what AWS would let through, by the synthesized roles; the rest fails as it would fail there. */
export function authorizing(guard: Guard, next: Observe = unobserved): Observe {
  return async (call, serve) => {
    for (const need of needsKnown(guard, call)) demand(guard, call, need);
    return answeredByS3(call, () => next(call, serve), {
      has: (need) => refusalOf(guard, call, need) === undefined,
      demand: (need) => demand(guard, call, need),
    });
  };
}

/**
 * By what would be deployed for the endpoints of the stack in this folder, and for those that the test adds. What is
 * denied is written down there, which ends the run of the tests.
 */
export async function guardOf(home: string, added: StackConfig['endpoints'] = {}): Promise<Guard> {
  const endpoints = { ...endpointsOf(readSettings(home)), ...added };
  const directory = mkdtempSync(join(tmpdir(), 'partway-rights-'));
  await synthesizeTemplate(directory, configOf(endpoints));
  const rights = readRights(directory);
  return { rights: () => rights, onDenied: (what) => appendFileSync(join(home, DENIED), `${what}\n`) };
}

function needsKnown(guard: Guard, call: ObservedCall): readonly Need[] {
  try {
    return needsOf(call);
  } catch (error) {
    throw denial(guard, call, messageOf(error));
  }
}

function demand(guard: Guard, call: ObservedCall, need: Need): void {
  const refusal = refusalOf(guard, call, need);
  if (refusal !== undefined) throw denial(guard, call, refusal);
}

/** `undefined`: allowed. What cannot be judged is refused too. */
function refusalOf(guard: Guard, call: ObservedCall, need: Need): string | undefined {
  const { statements, principalsOf } = guard.rights();
  const principals = principalsOf(call);
  if (principals.length === 0) return `${call.caller} calls ${need.action} in nobody's name.`;
  try {
    for (const principal of principals) {
      const { isAllowed, by } = evaluate(statements.get(principal) ?? [], need);
      if (!isAllowed) return refused(principal, need, by);
      guard.onAllowed?.({ call, principal, need, by });
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** In the words of AWS, and with what IAM knew of the request. */
function refused(principal: string, { action, resource, context = {} }: Need, by: readonly Right[]): string {
  const why = by.length > 0 ? 'with an explicit deny' : `because no policy allows the ${action} action`;
  const known = Object.entries(context).map(([key, values]) => ` (${key}: ${values.join(', ')})`);
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${why}${known.join('')}`;
}

function denial({ onDenied }: Guard, { service }: ObservedCall, what: string): AwsError {
  onDenied(what);
  // S3 says no more than this to a caller: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  if (service === 's3') return new AwsError('AccessDenied', 'Access Denied', 403);
  return new AwsError('AccessDeniedException', what);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
