import { partsPerBatch } from '../batches.ts';
import { lambdasAtOnce } from '../budgets/bandwidth.ts';
import { type Plan, thresholdOf } from '../plan.ts';
import type { Proof } from '../proof.ts';
import type { ProviderProfile } from '../provider.ts';
import type { TransferRequest } from '../request.ts';
import type { CopyDecision } from '../server-copy.ts';
import { type ObjectFacts, targetName } from '../transfer.ts';
import { crcs } from '../values/checksums.ts';
import { sizeText } from '../values/sizes.ts';
import { speeds } from '../values/speeds.ts';
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
    ...speedReasons(request, isWhole),
    ...bandwidthReasons(request),
    ...(copy.copiesInStore ? copyProofReasons(profile) : proofReasons(comparison)),
    ...readBackReasons(request, isWhole ? 1 : Math.ceil(plan.partCount / partsPerBatch(plan, request.speed)), plan),
    ...targetReasons(request, atTarget),
    overwriteReason(request, profile),
    ...headerReasons(request),
  ];
}

/** Nobody can add a header to an upload that another program began. `notCarried` says so. */
function headerReasons({ headers = {}, resumeFrom }: TransferRequest): Reason[] {
  if (resumeFrom) return [];
  return Object.entries(headers).map(([name, value]) => ({
    decision: `header ${name}: ${value}`,
    because: 'the request adds it to the call that creates the object',
  }));
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
  const told = resumeFrom?.parts ? ', and the ETag that the request names' : '';
  const first = resumeFrom?.firstMissingPart;
  const before = first === undefined ? '' : `, and come before part ${first}`;
  const because =
    listed === 0
      ? 'the store lists no part of the upload'
      : `the store lists ${listed} parts, and ${parts} of them have the planned number and length${told}${before}`;
  return [
    { decision: `${parts} of ${partCount} parts are there already; Partway sends ${partCount - parts}`, because },
  ];
}

function methodReason(
  isWhole: boolean,
  { bytes }: ObjectFacts,
  { part, title }: ProviderProfile,
  { resumeFrom, multipartThresholdBytes, partBytes }: TransferRequest,
): Reason {
  if (resumeFrom) return { decision: 'multipart', because: 'Partway finishes an upload that another program began' };
  if (bytes === 0) return { decision: 'one request', because: 'an empty object has no parts' };
  const bytesAtMost = thresholdOf({ multipartThresholdBytes, partBytes });
  const threshold =
    multipartThresholdBytes !== undefined
      ? `the requested threshold (${sizeText(bytesAtMost)})`
      : bytesAtMost === partBytes
        ? `the requested part size (${sizeText(bytesAtMost)})`
        : `the threshold of ${sizeText(bytesAtMost)}`;
  const noParts =
    partBytes !== undefined && partBytes < bytes ? `. So it is not cut into parts of ${sizeText(partBytes)}` : '';
  if (isWhole)
    return {
      decision: 'one request',
      because: `the object has ${sizeText(bytes)}: not more than ${threshold}, and not more than ${title} takes in one request (${sizeText(part.singleRequestBytesMax)})${noParts}`,
    };
  return {
    decision: 'multipart',
    because: `the object has ${sizeText(bytes)}: more than ${bytes > part.singleRequestBytesMax ? `${title} takes in one request (${sizeText(part.singleRequestBytesMax)})` : threshold}`,
  };
}

function partReasons(
  isWhole: boolean,
  plan: Plan,
  { partBytes, resumeFrom, speed }: TransferRequest,
  { part, title }: ProviderProfile,
): Reason[] {
  if (isWhole) return [];
  const decision = `${plan.partCount} ${plan.partCount === 1 ? 'part' : 'parts'} of ${sizeText(plan.partBytes)}`;
  if (resumeFrom) return [{ decision, because: 'the program that began the upload cut it so' }];
  if (partBytes !== undefined) return [{ decision, because: 'the request asks for this part size' }];
  if (part.partBytesMin === part.partBytesMax)
    return [{ decision, because: `${title} takes parts of exactly ${sizeText(part.partBytesMin)}` }];
  if (plan.objectBytes > part.partCountMax * speeds[speed].partBytes)
    return [
      {
        decision,
        because: `${title} takes at most ${part.partCountMax} parts, so they must be larger than ${sizeText(speeds[speed].partBytes)}`,
      },
    ];
  return [
    {
      decision,
      because:
        speed === 'economy'
          ? 'the request asks for economy, and larger parts need fewer requests'
          : 'from 64 MiB on, requests are a small part of the cost, and to send a lost part again is still cheap',
    },
  ];
}

function copyReason({ copiesInStore, because }: CopyDecision): Reason {
  return { decision: copiesInStore ? 'server-side copy' : 'stream', because };
}

function speedReasons({ speed, partsAtOnce }: TransferRequest, isWhole: boolean): Reason[] {
  if (speed === 'balanced' || isWhole) return [];
  const decision = `each Lambda copies up to ${partsAtOnce} parts at once`;
  return [{ decision, because: `the request asks for \`speed: "${speed}"\`` }];
}

function bandwidthReasons(request: TransferRequest): Reason[] {
  const { bandwidthBytesPerSecond: limit } = request;
  if (limit === undefined) return [];
  const lambdas = lambdasAtOnce(request);
  const who = lambdas === 1 ? 'one Lambda at a time' : `${lambdas} Lambdas, which share it,`;
  return [{ decision: `at most ${sizeText(limit)} a second, by ${who}`, because: 'the request asks for it' }];
}

function copyProofReasons({ title }: ProviderProfile): Reason[] {
  const because = `${title} copies the object by itself, so its bytes do not pass through Partway`;
  return [
    { decision: 'each part is proven by its number, length and ETag', because },
    {
      decision:
        'the whole is proven by its size, the transfer id in its metadata, and a CRC32 if both objects have one',
      because,
    },
  ];
}

function proofReasons({ profile, proof, method, target, adopted, carriesId }: Comparison): Reason[] {
  const each = partReason(profile, proof, adopted === 0 ? 'each part' : 'each part that we send');
  if (target) return [each, wholeReason(profile, proof)];
  return proof.md5 && method === 'whole' ? [each] : [each, unprovenWhole(profile, !carriesId)];
}

function partReason({ title, partEtag }: ProviderProfile, proof: Proof, part: string): Reason {
  if (proof.md5)
    return { decision: `${part} is proven by its MD5`, because: `${title} answers with the MD5 of what it received` };
  if (proof.kind === 'checked' && proof.uploadChecksum)
    return {
      decision: `${part} is proven by its ${crcs[proof.uploadChecksum].title}`,
      because: `it travels with the part, and ${title} refuses the part if the bytes are others`,
    };
  const isProvenByWhole = proof.kind === 'published' || proof.kind === 'own';
  return {
    decision: `${part} is proven by its length`,
    because: isProvenByWhole
      ? 'a checksum of the whole object proves the bytes, and costs less than an MD5 of each part'
      : partEtag === 'md5'
        ? 'the request asks for checksum "crc32"'
        : `${title}'s ETags say nothing about the bytes`,
  };
}

/**
 * Names the own checksum of the target if it has one. That proves more than an ETag, which says nothing if the target
 * encrypts.
 */
function wholeReason({ ownChecksum, title }: ProviderProfile, { kind, uploadChecksum }: Proof): Reason {
  if (kind === 'published' && ownChecksum !== 'none')
    return {
      decision: `the whole is proven by its ${crcs[ownChecksum.algorithm].title}`,
      because: `the source and ${title} both publish it, so Partway compares the two and computes nothing`,
    };
  if (kind === 'checked' && uploadChecksum)
    return {
      decision: `the whole is proven by its ${crcs[uploadChecksum].title}`,
      because: `${title} combines it from those of the parts, and publishes it`,
    };
  if (ownChecksum === 'none')
    return {
      decision: 'the whole is proven by its ETag',
      because: `${title} computes the ETag from those of the parts, so Partway can compare it`,
    };
  return {
    decision: `the whole is proven by its ${crcs[ownChecksum.algorithm].title}`,
    because: `${title} publishes it in ${ownChecksum.header}`,
  };
}

/** Another program wrote the metadata of an adopted upload, so our id is not in it. */
function unprovenWhole({ title }: ProviderProfile, isAdopted: boolean): Reason {
  const by = isAdopted ? 'its size' : 'its size and the transfer id in its metadata';
  return { decision: `the whole is proven by ${by}`, because: `${title} publishes nothing that Partway could compute` };
}

function readBackReasons({ verify }: TransferRequest, batches: number, { partCount }: Plan): Reason[] {
  if (verify !== 'read-back') return [];
  const more = batches === 1 ? '1 more batch' : `${batches} more batches`;
  return [
    {
      decision: `read back after Complete: ${more}`,
      because: `the request asks for verify "read-back": Partway reads ${partCount === 1 ? 'the one part' : `all ${partCount} parts`} from the target, and compares the CRC32`,
    },
  ];
}

function overwriteReason({ overwrite }: TransferRequest, { overwriteGuard, title }: ProviderProfile): Reason {
  if (overwrite !== 'never')
    return {
      decision: `overwrite: ${overwrite}`,
      because: overwrite === 'always' ? 'that is the default' : 'the request asks for it',
    };
  if (overwriteGuard === 'none')
    return {
      decision: 'overwrite: never, checked only before the first byte',
      because: `${title} has no conditional writes: an object that somebody writes meanwhile is overwritten`,
    };
  return {
    decision: 'overwrite: never, checked before the first byte and at the end',
    because: `${title} refuses to replace an object that is there`,
  };
}
