import { partsPerBatch } from './batches.ts';
import { costUsd } from './cost.ts';
import { goesWhole, type Plan, planParts, planWhole } from './plan.ts';
import type { ProviderProfile } from './provider.ts';
import type { TransferRequest } from './request.ts';
import { nothingYet, type ObjectFacts } from './transfer.ts';

/** One decision, and the rule that made it. */
export type Reason = { readonly decision: string; readonly because: string };
export type NotCarried = { readonly what: string; readonly why: string };

/** What would be done, before anything is. */
export type Explanation = {
  readonly plan: Plan;
  readonly method: 'whole' | 'parts';
  readonly batches: number;
  readonly partsPerBatch: number;
  readonly reasons: readonly Reason[];
  /** What the source has and the target will not. */
  readonly notCarried: readonly NotCarried[];
  /** Of the machinery on AWS; what stores and networks charge for bytes comes on top. */
  readonly costUsd: number;
};

export type Situation = {
  readonly request: TransferRequest;
  readonly source: ObjectFacts;
  readonly profile: ProviderProfile;
};

/** Plans as Initiate does, and says why. Throws what Initiate would throw: TooLarge, InvalidRequest. */
export function explain({ request, source, profile }: Situation): Explanation {
  const wishes = {
    partBytes: request.resumeFrom?.partBytes ?? request.partBytes,
    multipartThresholdBytes: request.multipartThresholdBytes,
  };
  const isWhole = !request.resumeFrom && goesWhole(source.bytes, profile.part, wishes);
  const plan = isWhole ? planWhole(source.bytes) : planParts(source.bytes, profile.part, wishes);
  const perBatch = isWhole ? 1 : partsPerBatch(plan);
  const batches = Math.ceil(plan.partCount / perBatch);
  // 75 MiB/s is what one Lambda moves, whatever its memory: docs/benchmarks.md.
  const lambdaMs = (source.bytes / (75 * 1024 * 1024)) * 1000;
  const times = request.verify === 'read-back' ? 2 : 1;
  const work = {
    ...nothingYet,
    partsCopied: plan.partCount,
    bytesCopied: source.bytes,
    partsReadBack: plan.partCount * (times - 1),
    lambdaMs: lambdaMs * times,
    invocations: batches * times,
  };
  return {
    plan,
    method: isWhole ? 'whole' : 'parts',
    batches,
    partsPerBatch: perBatch,
    reasons: [
      methodReason(isWhole, source, profile, wishes.multipartThresholdBytes),
      ...partReasons(isWhole, plan, request, profile),
      ...proofReasons(request, profile),
      ...readBackReasons(request, batches, plan),
      overwriteReason(request, profile),
    ],
    notCarried: notCarried(request, profile),
    costUsd: costUsd(work),
  };
}

function methodReason(
  isWhole: boolean,
  { bytes }: ObjectFacts,
  { part, title }: ProviderProfile,
  asked: number | undefined,
): Reason {
  if (bytes === 0) return { decision: 'one request', because: 'an empty object has no parts' };
  const threshold = asked === undefined ? 'the threshold of 64 MiB' : `the threshold that was asked for (${asked})`;
  if (isWhole)
    return {
      decision: 'one request',
      because: `${bytes} bytes are not more than ${threshold}, nor than what ${title} takes in one request (${part.singleRequestBytesMax})`,
    };
  return {
    decision: 'multipart',
    because: `${bytes} bytes are more than ${threshold}, or than what ${title} takes in one request (${part.singleRequestBytesMax})`,
  };
}

function partReasons(
  isWhole: boolean,
  plan: Plan,
  { partBytes }: TransferRequest,
  { part, title }: ProviderProfile,
): Reason[] {
  if (isWhole) return [];
  const decision = `${plan.partCount} parts of ${plan.partBytes} bytes`;
  if (partBytes !== undefined) return [{ decision, because: 'the part size was asked for' }];
  if (part.partBytesMin === part.partBytesMax)
    return [{ decision, because: `${title} takes parts of exactly ${part.partBytesMin} bytes` }];
  if (plan.objectBytes > part.partCountMax * 64 * 1024 * 1024)
    return [
      { decision, because: `${title} takes at most ${part.partCountMax} parts, so they must be larger than 64 MiB` },
    ];
  return [{ decision, because: '64 MiB: where requests stop dominating the cost, and a lost part is still cheap' }];
}

function proofReasons({ checksum }: TransferRequest, profile: ProviderProfile): Reason[] {
  const byMd5 = checksum === 'md5' && profile.partEtag === 'md5';
  const each = byMd5
    ? {
        decision: 'each part is proven by its MD5',
        because: `${profile.title} answers with the MD5 of what it received`,
      }
    : {
        decision: 'each part is proven by its length',
        because:
          checksum === 'md5'
            ? `${profile.title}'s ETags say nothing about the bytes`
            : 'checksum "crc32" was asked for',
      };
  const whole =
    profile.objectEtag === 'md5-of-md5s' && profile.partEtag === 'md5'
      ? {
          decision: "the whole is proven by the ETag computed from the parts'",
          because: `${profile.title} makes it so`,
        }
      : {
          decision: 'the whole is proven by its size and our id in its metadata',
          because: `${profile.title} publishes nothing that we could compute`,
        };
  return [each, whole];
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

/** What travels: content headers and user metadata. The rest stays behind, and is said. */
function notCarried({ storageClass }: TransferRequest, { title }: ProviderProfile): NotCarried[] {
  const always = ['tags', 'ACL', 'encryption'].map((what) => ({
    what,
    why: `Partway does not carry ${what} yet; ${title} applies its own defaults`,
  }));
  return storageClass === undefined
    ? [...always, { what: 'storage class', why: `none was asked for; ${title} takes its own default` }]
    : always;
}
