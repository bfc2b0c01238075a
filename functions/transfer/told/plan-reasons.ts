import { partsPerBatch } from '../batches.ts';
import type { Plan } from '../plan.ts';
import type { ProviderProfile } from '../provider.ts';
import type { TransferRequest } from '../request.ts';
import type { CopyDecision } from '../server-copy.ts';
import { type ObjectFacts, targetName } from '../transfer.ts';
import { crcs } from '../values/checksums.ts';
import { sizeText } from '../values/sizes.ts';
import type { Adoption, AtTarget, Situation } from './explain.ts';
import type { Comparison } from './unproven.ts';

/** One decision, and the rule that made it. */
export type Reason = { readonly decision: string; readonly because: string };

type Decided = Omit<Situation, 'ours'> & {
  readonly plan: Plan;
  readonly method: 'whole' | 'parts';
  readonly copy: CopyDecision;
  readonly comparison: Comparison;
};

/** Every decision of a plan in words, in the order in which it is made. */
export function reasonsFor(decided: Decided): Reason[] {
  const { request, source, profile, plan, method, copy, comparison, atTarget, adoption } = decided;
  const isWhole = method === 'whole';
  return [
    methodReason(isWhole, source, profile, request),
    ...partReasons(isWhole, plan, request, profile),
    ...adoptionReasons(request, plan, adoption),
    copyReason(copy),
    ...(copy.copiesInStore ? copyProofReasons(profile) : proofReasons(comparison)),
    ...readBackReasons(request, isWhole ? 1 : Math.ceil(plan.partCount / partsPerBatch(plan)), plan),
    ...targetReasons(request, atTarget),
    overwriteReason(request, profile),
  ];
}

/** What happens to the object that is at the target's key now. */
export function targetReasons({ target }: TransferRequest, atTarget: AtTarget | undefined): Reason[] {
  if (!atTarget) return [];
  const name = targetName(target);
  if (atTarget.fate === 'new') return [{ decision: 'a new object', because: `nothing is at ${name} now` }];
  const { fate, bytes, because } = atTarget;
  const what = `the object of ${sizeText(bytes)} at ${name}`;
  return [{ decision: fate === 'kept' ? `${what} stays, and nothing is sent` : `${what} is replaced`, because }];
}

function adoptionReasons({ resumeFrom }: TransferRequest, { partCount }: Plan, adoption: Adoption | undefined) {
  if (!adoption) return [];
  const { listed, parts } = adoption;
  const told = resumeFrom?.parts ? ', and the ETag that was told' : '';
  const first = resumeFrom?.firstMissingPart;
  const before = first === undefined ? '' : `, and lie before part ${first}`;
  const because =
    listed === 0
      ? 'the store lists no part of the upload'
      : `of ${listed} parts that the store lists so many have the number and length of this cut${told}${before}`;
  return [{ decision: `there already: ${parts} of ${partCount} parts; ${partCount - parts} to be sent`, because }];
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
  const decision = `${plan.partCount} ${plan.partCount === 1 ? 'part' : 'parts'} of ${sizeText(plan.partBytes)}`;
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

function proofReasons({ profile, checksum, method, target, adopted, carriesId }: Comparison): Reason[] {
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
  return byMd5 && method === 'whole' ? [each] : [each, unprovenWhole(profile, !carriesId)];
}

/** The stronger of the two proofs: an ETag says nothing if the target encrypts. */
function wholeReason({ ownChecksum, title }: ProviderProfile): Reason {
  if (ownChecksum === 'none')
    return { decision: "the whole is proven by the ETag computed from the parts'", because: `${title} makes it so` };
  return {
    decision: `the whole is proven by its ${crcs[ownChecksum.algorithm].title}`,
    because: `${title} publishes it in ${ownChecksum.header}`,
  };
}

/** Another program wrote the metadata of an adopted upload, so our id is not in it. */
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
