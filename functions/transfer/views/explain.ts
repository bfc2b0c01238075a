import { type Carriage, carry, setByAnother } from '../attributes/object-attributes.ts';
import { refuseUnsupported } from '../attributes/unsupported.ts';
import { partsPerBatch } from '../batches.ts';
import { lambdasAtOnce, partsPerBatchWithin, refuseTooNarrow } from '../budgets/bandwidth.ts';
import { costUsd } from '../budgets/cost.ts';
import { isSmall } from '../budgets/small.ts';
import { profileUnder } from '../encrypted-etags.ts';
import { type Plan, planCopy, planWhole } from '../plan.ts';
import type { ProviderProfile } from '../provider.ts';
import type { NotCarried } from '../receipt.ts';
import type { TransferRequest } from '../request.ts';
import { decideServerCopy } from '../server-copy.ts';
import { nothingYet } from '../tally.ts';
import type { ObjectFacts } from '../transfer.ts';
import { MiB } from '../values/sizes.ts';
import { type Reason, reasonsFor, targetReasons } from './plan-reasons.ts';
import { foresee, unproven } from './unproven.ts';

/** What is at the target's key, and what happens to it. `kept`: nothing is sent. */
export type AtTarget =
  | { readonly fate: 'new' }
  | { readonly fate: 'kept' | 'replaced'; readonly bytes: number; readonly because: string };

/** For an upload that is adopted: how many parts the store lists, and which of them are not sent again. */
export type Adoption = { readonly listed: number; readonly parts: number; readonly bytes: number };

/** What a transfer would do, before it begins. */
export type Explanation = {
  readonly plan: Plan;
  readonly method: 'whole' | 'parts';
  /** Left out if nobody looked at the target. */
  readonly atTarget?: AtTarget | undefined;
  readonly adoption?: Adoption | undefined;
  /** Whether the store copies by itself, so that no byte passes through Partway. */
  readonly copiesInStore: boolean;
  readonly batches: number;
  readonly partsPerBatch: number;
  readonly reasons: readonly Reason[];
  /** What the source has and the target will not get. */
  readonly notCarried: readonly NotCarried[];
  /** What nothing will prove, and why. */
  readonly unproven: readonly string[];
  /** The cost of the machinery on AWS. Stores and networks may charge for the bytes as well. */
  readonly costUsd: number;
};

export type Situation = {
  readonly request: TransferRequest;
  readonly source: ObjectFacts;
  readonly profile: ProviderProfile;
  /** Partway's own metadata, which also needs room. */
  readonly ours?: Carriage['ours'];
  readonly atTarget?: AtTarget | undefined;
  readonly adoption?: Adoption | undefined;
  /** The memory of the Lambdas that copy, as the stack was built. */
  readonly copyingMiB?: number | undefined;
};

// What one Lambda streams in a second, with any memory size: docs/benchmarks.md.
const STREAMED_A_SECOND = 75 * MiB;
// What the store copies in a second, while the Lambda only waits. AWS reports that one function copied 1 TB between
// regions in 15 minutes. It used more than our four parts at once, so we assume a quarter. AWS storage blog, "Copying
// objects greater than 5 GB with Amazon S3 Batch Operations".
const COPIED_A_SECOND = 250 * MiB;

/** Plans as Initiate does, and says why. Throws the same errors: TooLarge, InvalidRequest. */
export function explain(situation: Situation): Explanation {
  const { request, source, profile, ours = {}, atTarget, adoption } = situation;
  if (atTarget?.fate === 'kept') return nothingToDo(situation, atTarget);
  const carriage = { request, source, profile, ours };
  refuseUnsupported(carriage);
  const { plan, method } = planCopy(source.bytes, request, profile);
  refuseTooNarrow(request, plan);
  const copy = decideServerCopy({ request, source, profile, method });
  const { copiesInStore } = copy;
  const comparison = foresee({
    profile: profileUnder(profile, request.encryption?.type),
    request,
    method,
    source,
    copiesInStore,
    adoptedParts: adoption?.parts,
  });
  const effort = effortFor(plan, situation, method === 'whole', copiesInStore);
  return {
    plan,
    method,
    atTarget,
    adoption,
    copiesInStore,
    ...effort,
    reasons: reasonsFor({ request, source, profile, plan, method, copy, comparison, atTarget, adoption }),
    notCarried: request.resumeFrom ? setByAnother(request) : carry(carriage).notCarried,
    unproven: unproven(comparison),
  };
}

/**
 * The object is there, so nothing is copied. The plan says only its size, and nobody checks the requested part size.
 */
function nothingToDo({ request, source }: Situation, atTarget: AtTarget): Explanation {
  return {
    plan: planWhole(source.bytes),
    method: 'whole',
    atTarget,
    copiesInStore: false,
    batches: 0,
    partsPerBatch: 0,
    reasons: targetReasons(request, atTarget),
    notCarried: [],
    unproven: [],
    costUsd: costUsd(nothingYet),
  };
}

function effortFor(
  plan: Plan,
  { request, adoption, copyingMiB }: Situation,
  isWhole: boolean,
  copiesInStore: boolean,
): Pick<Explanation, 'batches' | 'partsPerBatch' | 'costUsd'> {
  const partsCopied = plan.partCount - (adoption?.parts ?? 0);
  const sizing = { missing: partsCopied, usual: partsPerBatch(plan, request.speed) };
  const perBatch = isWhole ? 1 : partsPerBatchWithin(plan, request, sizing);
  const streamed = Math.min(STREAMED_A_SECOND, (request.bandwidthBytesPerSecond ?? Infinity) / lambdasAtOnce(request));
  const bytesCopied = plan.objectBytes - (adoption?.bytes ?? 0);
  const batches = Math.ceil(partsCopied / perBatch);
  const readBack =
    request.verify === 'read-back'
      ? { parts: plan.partCount, bytes: plan.objectBytes, batches: Math.ceil(plan.partCount / perBatch) }
      : { parts: 0, bytes: 0, batches: 0 };
  const copySeconds = bytesCopied / (copiesInStore ? COPIED_A_SECOND : streamed);
  const work = {
    ...nothingYet,
    partsCopied,
    bytesCopied,
    partsReadBack: readBack.parts,
    lambdaMs: (copySeconds + readBack.bytes / streamed) * 1000,
    invocations: batches + readBack.batches,
  };
  const manner = {
    partsInStore: copiesInStore ? plan.partCount : 0,
    copyingMiB,
    isSmall: isWhole && isSmall(plan.objectBytes) && readBack.parts === 0,
  };
  return { batches, partsPerBatch: perBatch, costUsd: costUsd(work, manner) };
}
