import { partsPerBatch } from './batches.ts';
import { type Carriage, carry, setByAnother } from './carry.ts';
import { crcs } from './checksums.ts';
import { costUsd } from './cost.ts';
import { profileUnder } from './encrypted-etags.ts';
import { goesWhole, type Plan, planParts, planWhole } from './plan.ts';
import type { ProviderProfile } from './provider.ts';
import type { NotCarried } from './receipt.ts';
import type { TransferRequest } from './request.ts';
import { type CopyDecision, decideServerCopy } from './server-copy.ts';
import { MiB, sizeText } from './sizes.ts';
import { nothingYet } from './tally.ts';
import type { ObjectFacts } from './transfer.ts';
import { type Comparison, foresee, unproven } from './unproven.ts';
import { refuseUntaken } from './wishes.ts';

/** One decision, and the rule that made it. */
export type Reason = { readonly decision: string; readonly because: string };

/** What would be done, before anything is. */
export type Explanation = {
  readonly plan: Plan;
  readonly method: 'whole' | 'parts';
  /** Whether the store copies by itself, so that no byte passes through us. */
  readonly copiesInStore: boolean;
  readonly batches: number;
  readonly partsPerBatch: number;
  readonly reasons: readonly Reason[];
  /** What the source has and the target will not. */
  readonly notCarried: readonly NotCarried[];
  /** What nothing will prove, and why. */
  readonly unproven: readonly string[];
  /** Of the machinery on AWS; what stores and networks charge for bytes comes on top. */
  readonly costUsd: number;
};

export type Situation = {
  readonly request: TransferRequest;
  readonly source: ObjectFacts;
  readonly profile: ProviderProfile;
  /** Metadata of Partway's own, which takes its room as well. */
  readonly ours?: Carriage['ours'];
};

// What one Lambda streams, whatever its memory: docs/benchmarks.md.
const STREAMED_A_SECOND = 75 * MiB;
// It only waits. AWS tells of 1 TB between regions in the 15 minutes of one function; four parts at once are less than
// that had, so a quarter is assumed. AWS storage blog, "Copying objects greater than 5 GB with Amazon S3 Batch Operations".
const COPIED_A_SECOND = 250 * MiB;

/** Plans as Initiate does, and says why. Throws what Initiate would throw: TooLarge, InvalidRequest. */
export function explain({ request, source, profile, ours = {} }: Situation): Explanation {
  const carriage = { request, source, profile, ours };
  refuseUntaken(carriage);
  const wishes = {
    partBytes: request.resumeFrom?.partBytes ?? request.partBytes,
    multipartThresholdBytes: request.multipartThresholdBytes,
  };
  const isWhole = !request.resumeFrom && goesWhole(source.bytes, profile.part, wishes);
  const plan = isWhole ? planWhole(source.bytes) : planParts(source.bytes, profile.part, wishes);
  const perBatch = isWhole ? 1 : partsPerBatch(plan);
  const batches = Math.ceil(plan.partCount / perBatch);
  const method = isWhole ? 'whole' : 'parts';
  const copy = decideServerCopy({ request, source, profile, method });
  const times = request.verify === 'read-back' ? 2 : 1;
  const copySeconds = source.bytes / (copy.copiesInStore ? COPIED_A_SECOND : STREAMED_A_SECOND);
  const lambdaMs = (copySeconds + ((times - 1) * source.bytes) / STREAMED_A_SECOND) * 1000;
  const work = {
    ...nothingYet,
    partsCopied: plan.partCount,
    bytesCopied: source.bytes,
    partsReadBack: plan.partCount * (times - 1),
    lambdaMs,
    invocations: batches * times,
  };
  const comparison = foresee({
    profile: profileUnder(profile, request.encryption?.type),
    request,
    method,
    source,
    copiesInStore: copy.copiesInStore,
  });
  return {
    plan,
    method,
    copiesInStore: copy.copiesInStore,
    batches,
    partsPerBatch: perBatch,
    reasons: [
      methodReason(isWhole, source, profile, request),
      ...partReasons(isWhole, plan, request, profile),
      copyReason(copy),
      ...(copy.copiesInStore ? copyProofReasons(profile) : proofReasons(comparison)),
      ...readBackReasons(request, batches, plan),
      overwriteReason(request, profile),
    ],
    notCarried: request.resumeFrom ? setByAnother(request) : carry(carriage).notCarried,
    unproven: unproven(comparison),
    costUsd: costUsd(work, copy.copiesInStore ? plan.partCount : 0),
  };
}

function methodReason(
  isWhole: boolean,
  { bytes }: ObjectFacts,
  { part, title }: ProviderProfile,
  { resumeFrom, multipartThresholdBytes: asked }: TransferRequest,
): Reason {
  if (resumeFrom) return { decision: 'multipart', because: 'the upload of somebody else is finished' };
  if (bytes === 0) return { decision: 'one request', because: 'an empty object has no parts' };
  const threshold =
    asked === undefined ? 'the threshold of 64 MiB' : `the threshold that was asked for (${sizeText(asked)})`;
  if (isWhole)
    return {
      decision: 'one request',
      because: `${sizeText(bytes)} are not more than ${threshold}, nor than what ${title} takes in one request (${sizeText(part.singleRequestBytesMax)})`,
    };
  return {
    decision: 'multipart',
    because: `${sizeText(bytes)} are more than ${bytes > part.singleRequestBytesMax ? `what ${title} takes in one request (${sizeText(part.singleRequestBytesMax)})` : threshold}`,
  };
}

function partReasons(
  isWhole: boolean,
  plan: Plan,
  { partBytes, resumeFrom }: TransferRequest,
  { part, title }: ProviderProfile,
): Reason[] {
  if (isWhole) return [];
  const decision = `${plan.partCount} parts of ${sizeText(plan.partBytes)}`;
  if (resumeFrom) return [{ decision, because: 'whoever began the upload has cut it so' }];
  if (partBytes !== undefined) return [{ decision, because: 'the part size was asked for' }];
  if (part.partBytesMin === part.partBytesMax)
    return [{ decision, because: `${title} takes parts of exactly ${sizeText(part.partBytesMin)}` }];
  if (plan.objectBytes > part.partCountMax * 64 * 1024 * 1024)
    return [
      { decision, because: `${title} takes at most ${part.partCountMax} parts, so they must be larger than 64 MiB` },
    ];
  return [{ decision, because: '64 MiB: where requests stop dominating the cost, and a lost part is still cheap' }];
}

function copyReason({ copiesInStore, because }: CopyDecision): Reason {
  return { decision: copiesInStore ? 'server-side copy' : 'stream', because };
}

function copyProofReasons({ title }: ProviderProfile): Reason[] {
  const because = `${title} copies it by itself, so its bytes do not pass through us`;
  return [
    { decision: 'each part is proven by its number, length and ETag', because },
    {
      decision: 'the whole is proven by its size, our id in its metadata, and a CRC32 where both objects have one',
      because,
    },
  ];
}

function proofReasons({ profile, checksum, method, target, adopted }: Comparison): Reason[] {
  const byMd5 = checksum === 'md5' && profile.partEtag === 'md5';
  const part = adopted === 0 ? 'each part' : 'each part that we send';
  const each = byMd5
    ? {
        decision: `${part} is proven by its MD5`,
        because: `${profile.title} answers with the MD5 of what it received`,
      }
    : {
        decision: `${part} is proven by its length`,
        because:
          checksum === 'md5'
            ? `${profile.title}'s ETags say nothing about the bytes`
            : 'checksum "crc32" was asked for',
      };
  if (target) return [each, wholeReason(profile)];
  return byMd5 && method === 'whole' ? [each] : [each, unprovenWhole(profile, adopted !== 0)];
}

/** The stronger of the two: an ETag says nothing where the target encrypts. */
function wholeReason({ ownChecksum, title }: ProviderProfile): Reason {
  if (ownChecksum === 'none')
    return { decision: "the whole is proven by the ETag computed from the parts'", because: `${title} makes it so` };
  return {
    decision: `the whole is proven by its ${crcs[ownChecksum.algorithm].title}`,
    because: `${title} publishes it in ${ownChecksum.header}`,
  };
}

/** Whoever began an adopted upload wrote its metadata, so our id is not in it. */
function unprovenWhole({ title }: ProviderProfile, isAdopted: boolean): Reason {
  const by = isAdopted ? 'its size' : 'its size and our id in its metadata';
  return { decision: `the whole is proven by ${by}`, because: `${title} publishes nothing that we could compute` };
}

function readBackReasons({ verify }: TransferRequest, batches: number, { partCount }: Plan): Reason[] {
  if (verify !== 'read-back') return [];
  const more = batches === 1 ? '1 batch more' : `${batches} batches more`;
  return [
    {
      decision: `read back after Complete: ${more}`,
      because: `verify "read-back" was asked for; ${partCount === 1 ? 'its one part is' : `all ${partCount} parts are`} read from the target and compared by CRC32`,
    },
  ];
}

function overwriteReason({ overwrite }: TransferRequest, { overwriteGuard, title }: ProviderProfile): Reason {
  if (overwrite !== 'never')
    return {
      decision: `overwrite: ${overwrite}`,
      because: overwrite === 'always' ? 'that is the default' : 'it was asked for',
    };
  if (overwriteGuard === 'none')
    return {
      decision: 'looked at before the first byte, not guarded at the last',
      because: `${title} has no condition on writes: whoever writes the key meanwhile is overwritten`,
    };
  return { decision: 'guarded at the last byte too', because: `${title} refuses to replace an object that is there` };
}
