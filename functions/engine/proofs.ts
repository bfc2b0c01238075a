import { createHash } from 'node:crypto';
import { crc32Hex, wholeCrc32 } from '../transfer/checksums.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { partsCopiedInStore } from '../transfer/server-copy.ts';
import { type CopiedPart, type ObjectFacts, type Transfer, targetName } from '../transfer/transfer.ts';
import { TRANSFER_ID_METADATA } from './object-write.ts';

export type Evidence = {
  readonly transfer: Transfer;
  readonly profile: ProviderProfile;
  readonly parts: readonly CopiedPart[];
  readonly present: ObjectFacts;
};

/** What is known before Complete is held against the source before Complete: the old object must not make way for a wrong one. */
export function refuseOtherThanSource(transfer: Transfer, parts: readonly CopiedPart[]): void {
  sameCrc(transfer, "source's CRC32", transfer.source?.crc32, wholeCrc32(parts));
}

/** Compares all that source and target tell, and says in words what was compared. Throws Damaged at the first difference. */
export function proofsOf({ transfer, profile, parts, present }: Evidence): string[] {
  const whole = wholeCrc32(parts);
  const sizes = same(transfer, 'size', present.bytes, transfer.source?.bytes);
  // Whoever began an adopted upload wrote its metadata, so our id is not in it.
  const owner = transfer.isAdopted
    ? []
    : same(transfer, 'transfer id in the metadata', present.metadata[TRANSFER_ID_METADATA], transfer.transferId);
  return [
    ...sizes,
    ...owner,
    ...partProof(transfer, profile, parts),
    ...sameCrc(transfer, "target's CRC32", present.crc32, whole),
    ...sameCrc(transfer, "source's CRC32", transfer.source?.crc32, whole),
    ...etagProof({ transfer, profile, parts, present }),
    ...sourceProof({ transfer, profile, parts, present }),
  ];
}

function same(transfer: Transfer, what: string, found: unknown, expected: unknown): string[] {
  if (found === expected) return [what];
  throw new TransferError(
    'Damaged',
    `${targetName(transfer.request.target)}: ${what} is ${found}, expected ${expected}.`,
  );
}

function sameCrc(transfer: Transfer, what: string, published: number | undefined, whole: string | undefined): string[] {
  return published === undefined || whole === undefined ? [] : same(transfer, what, crc32Hex(published), whole);
}

function partProof(transfer: Transfer, profile: ProviderProfile, parts: readonly CopiedPart[]): string[] {
  const proven =
    transfer.request.checksum === 'md5' && profile.partEtag === 'md5' && parts.every((part) => isMd5(part.etag));
  const inStore = partsCopiedInStore(parts).length;
  const adopted = parts.filter(({ crc32 }) => crc32 === undefined).length - inStore;
  const notes = [
    ...(adopted > 0
      ? [`${adopted} adopted parts: their number, length and ETag as the store lists them, not their bytes`]
      : []),
    ...(inStore > 0 ? [inStoreProof(transfer, parts.length, inStore)] : []),
  ];
  if (adopted + inStore === parts.length && parts.length > 0) return notes;
  const each = inStore > 0 ? 'each streamed part' : 'each part';
  return [`${each}'s ${proven ? 'MD5' : 'length'}`, ...notes];
}

function inStoreProof({ method }: Transfer, partCount: number, inStore: number): string {
  if (method === 'whole') return 'copied by the store itself: length and ETag';
  const which = inStore === partCount ? '' : ` (${inStore} of ${partCount} parts)`;
  return `copied by the store itself${which}: number, length and ETag of each part`;
}

/**
 * Of what did not pass through us, the words of one store about both objects are compared: their CRC32, and ETags that
 * are made of MD5s. ETags may differ all the same, since the source may have been cut or encrypted otherwise.
 */
function sourceProof({ transfer, profile, parts, present }: Evidence): string[] {
  if (partsCopiedInStore(parts).length === 0) return [];
  const { crc32, etag = '' } = transfer.source ?? {};
  const byEtag =
    profile.partEtag === 'md5' && profile.objectEtag === 'md5-of-md5s' && /^[0-9a-f]{32}(-\d+)?$/i.test(etag);
  return [
    ...(crc32 !== undefined && present.crc32 !== undefined
      ? same(transfer, "target's CRC32, the source's", crc32Hex(present.crc32), crc32Hex(crc32))
      : []),
    ...(byEtag && present.etag?.toLowerCase() === etag.toLowerCase() ? ["ETag, the source's"] : []),
  ];
}

/** The ETag of a multipart object is the MD5 of the parts' MD5s and their count, where nothing encrypts them. */
function etagProof({ transfer, profile, parts, present }: Evidence): string[] {
  // Without each part's MD5 it would compare the target with itself.
  if (transfer.request.checksum !== 'md5' || partsCopiedInStore(parts).length > 0) return [];
  if (profile.objectEtag !== 'md5-of-md5s' || present.etag === undefined || !parts.every((part) => isMd5(part.etag)))
    return [];
  const expected = transfer.method === 'whole' ? parts[0]?.etag.toLowerCase() : md5OfMd5s(parts);
  return present.etag.toLowerCase() === expected ? ['ETag, computed from the parts'] : [];
}

function md5OfMd5s(parts: readonly CopiedPart[]): string {
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/i.test(etag);
}
