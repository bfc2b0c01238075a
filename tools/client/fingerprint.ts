import type { ClientSource } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Bytes, type Crc32, crc32Of } from './bytes.ts';

/** The CRC32s of the first and of the last MiB: a push is found again by them. */
export async function fingerprintOf(
  crc32: Crc32,
  { bytes, range }: Bytes,
): Promise<NonNullable<ClientSource['client']['fingerprint']>> {
  const edge = Math.min(bytes, MiB);
  return {
    head: await crc32Of(crc32, range({ first: 0, last: edge - 1 })),
    tail: await crc32Of(crc32, range({ first: bytes - edge, last: bytes - 1 })),
  };
}
