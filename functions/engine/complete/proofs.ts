import { createHash } from 'node:crypto';
import { withOpaqueEtags } from '../../transfer/encrypted-etags.ts';
import { isNamed, TransferError } from '../../transfer/errors.ts';
import { proofFor } from '../../transfer/proof.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { isPush } from '../../transfer/push.ts';
import { isReadBack } from '../../transfer/read-back.ts';
import { partsCopiedInStore } from '../../transfer/server-copy.ts';
import { type CopiedPart, type ObjectFacts, type Transfer, targetName } from '../../transfer/transfer.ts';
import { crcNames, crcOf, crcs, isMd5, type Summed, wholeCrc } from '../../transfer/values/checksums.ts';
import { unproven } from '../../transfer/views/unproven.ts';
import { TRANSFER_ID_METADATA } from '../stores/object-write.ts';

export type Evidence = {
  readonly transfer: Transfer;
  readonly profile: ProviderProfile;
  readonly parts: readonly CopiedPart[];
  readonly present: ObjectFacts;
};

/**
 * Compares the CRCs of the parts with those of the source. This happens before Complete: a wrong object must not
 * replace the old one. Throws Damaged.
 */
export function refuseOtherThanSource(transfer: Transfer, parts: readonly CopiedPart[]): void {
  crcProofs(transfer, 'source', { published: transfer.source, others: undefined, parts });
}

/** Compares the size and the owner of the object at the target. Throws Damaged if this is not the object that we made. */
export function refuseOtherObject(transfer: Transfer, present: ObjectFacts): string[] {
  // Another program wrote the metadata of an adopted upload, so our id is not in it.
  const owner = transfer.isAdopted
    ? []
    : same(transfer, 'transfer id in the metadata', present.metadata[TRANSFER_ID_METADATA], transfer.transferId);
  return [...same(transfer, 'size', present.bytes, transfer.source?.bytes), ...owner];
}

/**
 * Whether the whole is wrong and nobody knows which part. Then every part is read back: if none had an MD5, only that
 * finds the damaged one.
 */
export function mustFindPart({ transfer, profile, parts, present }: Evidence): boolean {
  if (proofFor(transfer, profile).md5) return false;
  try {
    targetProofs(transfer, present, parts);
    return false;
  } catch (error) {
    return isNamed(error, 'Damaged');
  }
}

/**
 * Compares everything that source and target publish, and says in words what was compared. Throws Damaged at the first
 * difference.
 */
export function proofsOf({ transfer, profile, parts, present }: Evidence): string[] {
  return [
    ...refuseOtherObject(transfer, present),
    ...partProof(transfer, profile, parts),
    ...targetProofs(transfer, present, parts),
    ...sourceProofs(transfer, present, parts),
    ...etagProof({ transfer, profile, parts, present }),
    ...sourceEtagProof({ transfer, profile, parts, present }),
    ...(parts.every((part) => isReadBack(part, present)) ? ['each part read back, CRC32'] : []),
  ];
}

/** What could not be compared, and why. A person who relies on a copy must not have to guess this. */
export function unprovenOf(evidence: Evidence): string[] {
  const { transfer, parts, present } = evidence;
  const profile = asAnswered(evidence);
  const [adopted, inStore] = [adoptedOf(parts), partsCopiedInStore(parts).length];
  const byEtag = [...etagProof(evidence), ...sourceEtagProof(evidence)].length > 0;
  return unproven({
    profile,
    adopted,
    inStore,
    proof: proofFor(transfer, profile),
    method: transfer.method ?? 'parts',
    carriesId: !transfer.isAdopted,
    readBack: parts.every((part) => isReadBack(part, present)),
    target: byEtag || targetProofs(transfer, present, parts).length > 0,
    source: sourceProofs(transfer, present, parts).length > 0,
    isPush: isPush(transfer),
  });
}

/** The profile as the store's answers show it: a gateway in front of it may have ETags of its own. */
function asAnswered({ transfer, profile, parts }: Evidence): ProviderProfile {
  if (!proofFor(transfer, profile).md5 || parts.every(({ etag }) => isMd5(etag))) return profile;
  return withOpaqueEtags(profile, 'with ETags that are no MD5s (`checksum: "crc32"` expects none)');
}

function same(transfer: Transfer, what: string, found: unknown, expected: unknown): string[] {
  if (found === expected) return [what];
  const others = transfer.isAdopted
    ? ' Another program sent some of the parts, perhaps those of another object. Ask again without `resumeFrom.uploadId`.'
    : '';
  throw new TransferError(
    'Damaged',
    `${targetName(transfer.request.target)}: ${what} is ${found}, but should be ${expected}.${others}`,
  );
}

function targetProofs(transfer: Transfer, present: ObjectFacts, parts: readonly CopiedPart[]): string[] {
  return crcProofs(transfer, 'target', { published: present, others: transfer.source, parts });
}

function sourceProofs(transfer: Transfer, present: ObjectFacts, parts: readonly CopiedPart[]): string[] {
  return crcProofs(transfer, 'source', { published: transfer.source, others: present, parts });
}

type Compared = {
  readonly published: Summed | undefined;
  /** What the other side publishes. */
  readonly others: Summed | undefined;
  readonly parts: readonly CopiedPart[];
};

/**
 * Compares each CRC that one side publishes with ours. If we do not have ours, we compare it with that of the other
 * side: another program sent parts, or both sides publish it, so that nobody had to compute it.
 */
function crcProofs(transfer: Transfer, whose: 'source' | 'target', { published, others, parts }: Compared): string[] {
  return crcNames.flatMap((name) => {
    const found = published && crcOf(name, published);
    if (found === undefined) return [];
    const expected = wholeCrc(name, parts) ?? (others && crcOf(name, others));
    return expected === undefined ? [] : same(transfer, `${whose}'s ${crcs[name].title}`, found, expected);
  });
}

function partProof(transfer: Transfer, profile: ProviderProfile, parts: readonly CopiedPart[]): string[] {
  const proof = proofFor(transfer, profile);
  const proven = proof.md5 && parts.every((part) => isMd5(part.etag));
  const [adopted, inStore] = [adoptedOf(parts), partsCopiedInStore(parts).length];
  const unread = adoptedOf(parts.filter(({ readBack }) => !readBack));
  const readTwice = parts.filter(({ crc32, readBack }) => crc32 === undefined && readBack).length;
  const notes = [
    ...(unread > 0
      ? [
          `${unread} adopted part${unread === 1 ? '' : 's'}: number, length and ETag as the store lists them, not the bytes`,
        ]
      : []),
    ...(inStore > 0 ? [inStoreProof(transfer, parts.length, inStore)] : []),
    ...(readTwice > 0
      ? [`${readTwice} part${readTwice === 1 ? '' : 's'} that Partway did not send: by reading source and target`]
      : []),
  ];
  if (adopted + inStore === parts.length && parts.length > 0) return notes;
  const each = adopted + inStore > 0 ? 'each streamed part' : 'each part';
  const by = proven && isPush(transfer) ? ', compared by the client' : '';
  if (proof.kind === 'checked' && proof.uploadChecksum)
    return [`${each}'s ${crcs[proof.uploadChecksum].title}, checked by the target`, ...notes];
  return [`${each}'s ${proven ? 'MD5' : 'length'}${by}`, ...notes];
}

function inStoreProof({ method }: Transfer, partCount: number, inStore: number): string {
  if (method === 'whole') return 'copied by the store itself: length and ETag';
  const which = inStore === partCount ? '' : ` (${inStore} of ${partCount} parts)`;
  return `copied by the store itself${which}: number, length and ETag of each part`;
}

/**
 * For bytes that the store copied by itself. If the store makes its ETags from MD5s, we compare its ETags of source and
 * target. Different ETags are no damage, since the source may have other parts or another encryption.
 */
function sourceEtagProof({ transfer, profile, parts, present }: Evidence): string[] {
  if (partsCopiedInStore(parts).length === 0) return [];
  const etag = transfer.source?.etag ?? '';
  const isMadeOfMd5s =
    profile.partEtag === 'md5' && profile.objectEtag === 'md5-of-md5s' && /^[0-9a-f]{32}(-\d+)?$/i.test(etag);
  return isMadeOfMd5s && present.etag?.toLowerCase() === etag.toLowerCase() ? ["ETag, the source's"] : [];
}

function adoptedOf(parts: readonly CopiedPart[]): number {
  return parts.filter(({ crc32, copiedInStore }) => crc32 === undefined && !copiedInStore).length;
}

/**
 * If no key service encrypts the object, the ETag of a multipart object is the MD5 of the MD5s of its parts, with their
 * number.
 */
function etagProof({ transfer, profile, parts, present }: Evidence): string[] {
  // For parts that we did not send, the only ETags are those of the target itself. To compare these with the target
  // proves nothing.
  const allSent = parts.every(({ crc32 }) => crc32 !== undefined);
  if (!proofFor(transfer, profile).md5 || !allSent) return [];
  if (profile.objectEtag !== 'md5-of-md5s' || present.etag === undefined || !parts.every((part) => isMd5(part.etag)))
    return [];
  const expected = transfer.method === 'whole' ? parts[0]?.etag.toLowerCase() : md5OfMd5s(parts);
  return present.etag.toLowerCase() === expected ? ['ETag, computed from the parts'] : [];
}

function md5OfMd5s(parts: readonly CopiedPart[]): string {
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}
