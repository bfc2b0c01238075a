import { createHash } from 'node:crypto';
import { crc32Hex, wholeCrc32 } from '../transfer/checksums.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { isReadBack } from '../transfer/read-back.ts';
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
    ...(parts.every((part) => isReadBack(part, present)) ? ['each part read back, CRC32'] : []),
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
  const adopted = parts.filter(({ crc32 }) => crc32 === undefined).length;
  const unread = parts.filter(({ crc32, readBack }) => crc32 === undefined && !readBack).length;
  const note = [
    ...(unread > 0
      ? [`${unread} adopted parts: their number, length and ETag as the store lists them, not their bytes`]
      : []),
    ...(adopted > unread ? [`${adopted - unread} parts that we did not send: by reading source and target`] : []),
  ];
  if (adopted === parts.length && adopted > 0) return note;
  return [proven ? "each part's MD5" : "each part's length", ...note];
}

/** The ETag of a multipart object is the MD5 of the parts' MD5s and their count, where nothing encrypts them. */
function etagProof({ transfer, profile, parts, present }: Evidence): string[] {
  // Without each part's MD5 it would compare the target with itself.
  if (transfer.request.checksum !== 'md5') return [];
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
