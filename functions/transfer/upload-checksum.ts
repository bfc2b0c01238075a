import type { ObjectFacts } from './transfer.ts';
import { crcOf } from './values/checksums.ts';
import type { PartChecksum } from './values/part-checksum.ts';

/**
 * CRCs that a store combines from those of the parts, and then publishes for the whole object. The strongest comes
 * first.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
const algorithms = ['crc64nvme', 'crc32c', 'crc32'] as const;
export type UploadChecksum = (typeof algorithms)[number];

/**
 * The algorithm that the source publishes, so that the two can be compared, or else CRC32. `undefined`: the store gets
 * no checksum.
 */
export function uploadChecksumFor(
  source: ObjectFacts | undefined,
  { partChecksum }: { readonly partChecksum: PartChecksum },
): UploadChecksum | undefined {
  if (partChecksum === 'none') return undefined;
  return algorithms.find((name) => source && crcOf(name, source) !== undefined) ?? 'crc32';
}
