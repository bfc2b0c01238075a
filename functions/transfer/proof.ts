/** What will prove a copy, and which checksums that needs. Each checksum costs CPU time for every byte. */
import { profileUnder } from './encrypted-etags.ts';
import type { ProviderProfile } from './provider.ts';
import type { TransferRequest } from './request.ts';
import type { ObjectFacts, Transfer } from './transfer.ts';
import { crcOf, crcsBeside, type OtherCrc } from './values/checksums.ts';

/**
 * CRCs that a store combines from those of the parts, and then publishes for the whole object. The strongest comes
 * first.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
const algorithms = ['crc64nvme', 'crc32c', 'crc32'] as const;
export type UploadChecksum = (typeof algorithms)[number];

/**
 * What proves the bytes at the target.
 * - `checked`: a CRC travels with each part, and the target checks it.
 * - `published`: source and target publish the same CRC of the whole object.
 * - `own`: the target publishes a CRC of the whole object, and we compute it.
 * - `md5`: the ETag of each part is its MD5.
 * - `length`: the target says nothing about the bytes.
 */
export type ProofKind = 'published' | 'checked' | 'own' | 'md5' | 'length';

export type Proof = {
  readonly kind: ProofKind;
  readonly md5: boolean;
  /** The CRCs to compute beside CRC32. */
  readonly crcs: readonly OtherCrc[];
  /** The checksum that travels with each part. */
  readonly uploadChecksum: UploadChecksum | undefined;
};

type Copy = {
  /** Another program began the upload, and sent parts of which we know no checksum. */
  readonly isAdopted?: boolean | undefined;
  /** A client sends the bytes. It knows their MD5, but none of the CRCs that stores publish beside CRC32. */
  readonly isPush?: boolean | undefined;
  readonly profile: Pick<ProviderProfile, 'ownChecksum' | 'partChecksum' | 'partEtag'>;
  readonly source: Pick<ObjectFacts, 'crc32' | 'crcs'> | undefined;
  readonly checksum: TransferRequest['checksum'];
};

/**
 * The cheapest proof that is enough. A CRC that two stores publish costs nothing. MD5 costs most, so we compute it only
 * if the ETag of a part is all that there is, or if the request asks for it.
 */
export function proofOf({ profile, source, checksum, isAdopted = false, isPush = false }: Copy): Proof {
  const { ownChecksum: own, partEtag, partChecksum } = profile;
  const uploadChecksum = partChecksum === 'none' || isAdopted ? undefined : uploadChecksumFor(source);
  const isAuto = checksum === 'auto' && !isPush;
  const told = own !== 'none' && source?.crcs?.[own.algorithm] !== undefined;
  const beside = crcsBeside(own, source?.crcs);
  const ofSource = crcsBeside('none', source?.crcs);
  if (isAuto && uploadChecksum !== undefined) return { kind: 'checked', md5: false, crcs: ofSource, uploadChecksum };
  if (isAuto && told) return { kind: 'published', md5: false, crcs: [], uploadChecksum };
  if (isAuto && own !== 'none' && !isAdopted) return { kind: 'own', md5: false, crcs: beside, uploadChecksum };
  const md5 = checksum !== 'crc32' && partEtag === 'md5';
  return { kind: md5 ? 'md5' : own === 'none' ? 'length' : 'own', md5, crcs: beside, uploadChecksum };
}

/** The same for a transfer, at its target. */
export function proofFor(
  { request, source, isAdopted }: Pick<Transfer, 'request' | 'source' | 'isAdopted'>,
  profile: ProviderProfile,
): Proof {
  const { checksum, encryption } = request;
  const isPush = 'client' in request.source;
  return proofOf({ profile: profileUnder(profile, encryption?.type), source, checksum, isAdopted, isPush });
}

/** The algorithm that the source publishes, so that the two can be compared, or else CRC32. */
function uploadChecksumFor(source: Copy['source']): UploadChecksum {
  return algorithms.find((name) => source && crcOf(name, source) !== undefined) ?? 'crc32';
}
