import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackConfig } from '../../infra/stack-config.ts';
import { synthesizeTemplate } from '../../tools/build/template.ts';
import { endpointsOf } from '../../tools/local/endpoints.ts';
import { configOf } from '../../tools/settings/embedded.ts';
import { settingsFile } from '../../tools/settings/places.ts';
import { readSettings } from '../../tools/settings/settings.ts';
import { AwsError, type Observe, type ObservedCall, unobserved } from '../../tools/signed/observe.ts';
import { answeredByS3 } from './answers-s3.ts';
import { DENIED } from './denied.ts';
import { evaluate, type Right } from './evaluate.ts';
import { type Need, needsOf } from './needs.ts';
import { type Rights, readRights } from './rights.ts';

export type Guard = {
  /** Called for each call, because a test may change the rights. */
  rights(): Rights;
  /** Gets each call that AWS would deny. */
  onDenied(what: string): void;
  /** Gets, for each need of a call, the rights that allowed it. */
  onAllowed?(allowed: Allowed): void;
};
export type Allowed = {
  readonly call: ObservedCall;
  readonly principal: string;
  readonly need: Need;
  readonly by: readonly Right[];
};

/** Lets a call through if AWS would allow it, by the synthesized roles. Otherwise the call fails as it would on AWS. */
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
 * A guard with the roles that would be deployed for the endpoints of the stack in this folder, and for those that the test
 * adds. It writes denied calls into the folder, and then the test run fails.
 */
export async function guardOf(home: string, added: StackConfig['endpoints'] = {}): Promise<Guard> {
  const endpoints = { ...endpointsOf(readSettings(settingsFile(home))), ...added };
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

/** Why the call is refused. `undefined`: it is allowed. A call that cannot be judged is refused too. */
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

/** The refusal in the words of AWS, with the facts that IAM had about the request. */
function refused(principal: string, { action, resource, context = {} }: Need, by: readonly Right[]): string {
  const why = by.length > 0 ? 'with an explicit deny' : `because no policy allows the ${action} action`;
  const known = Object.entries(context).map(([key, values]) => ` (${key}: ${values.join(', ')})`);
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${why}${known.join('')}`;
}

function denial({ onDenied }: Guard, { service }: ObservedCall, what: string): AwsError {
  onDenied(what);
  // S3 tells a caller nothing else: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  if (service === 's3') return new AwsError('AccessDenied', 'Access Denied', 403);
  return new AwsError('AccessDeniedException', what);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
