import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, type Observe, type ObservedCall, unobserved } from '../../tools/local/door/observe.ts';
import { answeredByS3 } from './answers-s3.ts';
import { DENIED } from './denied.ts';
import { evaluate, type Right } from './evaluate.ts';
import { type Need, needsOf } from './needs.ts';
import { type Rights, readRights } from './rights.ts';

export type Guard = {
  /** Asked at each call: the stack is synthesized after its observer is made. */
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

/** By what was synthesized for the stack in this folder. What is denied is written down there, which ends the run of the tests. */
export function guardOf(home: string): Guard {
  let rights: Rights | undefined;
  return {
    rights: () => {
      rights ??= readRights(join(home, 'cdk.out'));
      return rights;
    },
    onDenied: (what) => appendFileSync(join(home, DENIED), `${what}\n`),
  };
}

function needsKnown(guard: Guard, call: ObservedCall): readonly Need[] {
  try {
    return needsOf(call);
  } catch (error) {
    throw denial(guard, call, error instanceof Error ? error.message : String(error));
  }
}

function demand(guard: Guard, call: ObservedCall, need: Need): void {
  const refusal = refusalOf(guard, call, need);
  if (refusal !== undefined) throw denial(guard, call, refusal);
}

/** In the words of AWS, where it says why. */
function refusalOf(guard: Guard, call: ObservedCall, need: Need): string | undefined {
  const { statements, principalsOf } = guard.rights();
  for (const principal of principalsOf(call)) {
    const { isAllowed, by } = evaluate(statements.get(principal) ?? [], need);
    if (isAllowed) guard.onAllowed?.({ call, principal, need, by });
    const why = by.length > 0 ? 'with an explicit deny' : `because no policy allows the ${need.action} action`;
    if (!isAllowed)
      return `User: ${principal} is not authorized to perform: ${need.action} on resource: ${need.resource} ${why}`;
  }
  return undefined;
}

function denial({ onDenied }: Guard, { service }: ObservedCall, what: string): AwsError {
  onDenied(what);
  // S3 says no more than this to a caller: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  if (service === 's3') return new AwsError('AccessDenied', 'Access Denied', 403);
  return new AwsError('AccessDeniedException', what);
}
