import { type Proof, proofOf } from '../proof.ts';
import type { ProviderProfile } from '../provider.ts';
import type { TransferRequest } from '../request.ts';
import type { ObjectFacts } from '../transfer.ts';
import { crcNames, crcOf, crcs } from '../values/checksums.ts';

/** What was compared in a copy, or will be. */
export type Comparison = {
  readonly profile: ProviderProfile;
  readonly proof: Proof;
  readonly method: 'whole' | 'parts';
  /** How many parts another program sent. `some` until they are counted. */
  readonly adopted: number | 'some';
  /** Whether our id is in its metadata. The metadata of an adopted upload comes from the program that began it. */
  readonly carriesId: boolean;
  /** How many parts the store copied by itself. `all` until they are counted. */
  readonly inStore: number | 'all';
  /** Whether all of the target was read again, and compared. */
  readonly readBack: boolean;
  /** Whether a checksum that covers all bytes at the target was compared. */
  readonly target: boolean;
  /** Whether a checksum that the source publishes was compared. */
  readonly source: boolean;
  /** Whether a client sent the bytes. */
  readonly isPush: boolean;
};

const READ_BACK = 'ask with `verify: "read-back"` to have the object read again';

/** What is not proven of a copy, and why. A plan and the receipt use the same sentences. */
export function unproven(comparison: Comparison): string[] {
  const { adopted, inStore, source, profile } = comparison;
  const target = comparison.target || comparison.readBack;
  const atSource = source ? [] : [AT_SOURCE];
  const beside = comparison.isPush ? [AT_CLIENT] : atSource;
  if (adopted === 0 && inStore === 0) return [...(target ? [] : atTarget(comparison)), ...beside];
  if (target) return [];
  const unseen =
    adopted === 0 ? `${profile.title} copied ${inStore} parts by itself` : `another program sent ${adopted} parts`;
  return [
    `${unseen}, so Partway has no checksum of the whole: these parts are proven by number, length and ETag, as ${profile.title} lists them; ${READ_BACK}`,
  ];
}

const AT_SOURCE =
  'the source publishes no checksum of the whole object: only its ETag or date, its length and the connection show that Partway read the right bytes';

const AT_CLIENT =
  'only the client read the file: only the checksums that it computed show that the bytes are those of the file';

function atTarget({ profile, proof, method, carriesId }: Comparison): string[] {
  const isChecked = proof.kind === 'checked';
  if ((proof.md5 || isChecked) && method === 'whole') return []; // its one part is the whole object
  const each = isChecked ? "each part's checksum" : proof.md5 ? "each part's MD5" : "its parts' lengths";
  const by = [
    'its size',
    ...(method === 'whole' ? [] : [each]),
    ...(carriesId ? ['the transfer id in its metadata'] : []),
  ];
  const last = by.length > 1 ? ` and ${by.at(-1)}` : '';
  const proven = `${by.slice(0, Math.max(1, by.length - 1)).join(', ')}${last}`;
  return [`${profile.title} ${reason(profile, proof)}: the whole is proven by ${proven}; ${READ_BACK}`];
}

function reason({ ownChecksum, objectEtag, partEtag }: ProviderProfile, { md5 }: Proof): string {
  if (ownChecksum !== 'none')
    return `did not send the ${crcs[ownChecksum.algorithm].title} of this object in ${ownChecksum.header}`;
  const none = 'publishes no checksum of a whole object';
  if (objectEtag === 'opaque' && partEtag === 'opaque') return `${none}, and its ETags say nothing about the bytes`;
  if (objectEtag === 'opaque') return `${none}, and the ETag of an object made of parts says nothing about the bytes`;
  if (!md5) return `${none}, and with checksum "crc32" Partway does not compare its ETags`;
  return `${none}, and Partway could not compute the ETag of this one from its parts' ETags`;
}

type Foreseen = {
  readonly profile: ProviderProfile;
  readonly request: TransferRequest;
  readonly method: 'whole' | 'parts';
  readonly source: ObjectFacts;
  readonly copiesInStore: boolean;
  /** For an upload that is adopted, if its parts were counted. */
  readonly adoptedParts?: number | undefined;
};

/** What will be compared if the stores answer as their profiles say. */
export function foresee({ profile, request, method, source, copiesInStore, adoptedParts }: Foreseen): Comparison {
  const { ownChecksum, objectEtag } = profile;
  const { checksum, resumeFrom } = request;
  const isPush = 'client' in request.source;
  const isAdopted = resumeFrom !== undefined;
  const proof = proofOf({ profile, source, checksum, isAdopted, isPush });
  const both = ownChecksum !== 'none' && source.crcs?.[ownChecksum.algorithm] !== undefined;
  const made = ['crc32', ...proof.crcs];
  const told = crcNames.some((name) => made.includes(name) && crcOf(name, source) !== undefined) || both;
  const adopted = isAdopted ? (adoptedParts ?? 'some') : 0;
  const isSeen = adopted === 0 && !copiesInStore;
  const byEtag = proof.md5 && objectEtag === 'md5-of-md5s';
  const byCrc =
    proof.kind === 'checked' ||
    (ownChecksum !== 'none' && (isPush ? false : proof.crcs.includes(ownChecksum.algorithm)));
  return {
    profile,
    proof,
    method,
    adopted,
    carriesId: !resumeFrom,
    inStore: copiesInStore ? 'all' : 0,
    readBack: request.verify === 'read-back',
    target: both || ((byCrc || byEtag) && isSeen),
    source: told,
    isPush,
  };
}
