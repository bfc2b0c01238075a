import type { ObjectFacts } from './transfer.ts';
import { crcOf } from './values/checksums.ts';
import type { PartChecksum } from './values/part-checksum.ts';

/**
 * CRCs of parts that make up that of the whole, which the store then publishes. Strongest first.
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
