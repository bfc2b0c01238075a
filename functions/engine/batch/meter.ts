import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { TransferError } from '../../transfer/errors.ts';
import type { OtherCrc, OtherCrcs } from '../../transfer/values/checksums.ts';
import { startCrc } from './running-crc.ts';

/** What was measured of the bytes that passed through. It proves a part without reading it twice. */
export type Metered = {
  readonly bytes: number;
  readonly crc32: number;
  readonly crcs: OtherCrcs;
  readonly md5: string | undefined;
};

export type Meter = { readonly stream: Transform; measured(): Metered; bytesSoFar(): number };

type MeterOptions = { readonly md5: boolean; readonly crcs: readonly OtherCrc[]; readonly bytesMax: number };

/**
 * Counts bytes on their way and computes their checksums. CRC32 costs little compared with moving the bytes. MD5 and
 * each other CRC cost several times as much as CRC32, so we compute them only if they are asked for:
 * docs/decisions/0006.
 */
export function meter({ md5, crcs, bytesMax }: MeterOptions): Meter {
  const hash = md5 ? createHash('md5') : undefined;
  const others = crcs.map((name) => ({ name, crc: startCrc(name) }));
  let bytes = 0;
  let crc = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // The additional bytes would follow the body on the connection to the target, and look like another request of
      // ours.
      if (bytes + chunk.length > bytesMax)
        return done(new TransferError('Unreachable', `More bytes came than the ${bytesMax} that Partway asked for.`));
      bytes += chunk.length;
      crc = crc32(chunk, crc);
      hash?.update(chunk);
      for (const other of others) other.crc.update(chunk);
      done(null, chunk);
    },
  });
  const measured = () => ({
    bytes,
    crc32: crc,
    crcs: Object.fromEntries(others.map((other) => [other.name, other.crc.hex()])),
    md5: hash?.copy().digest('hex'),
  });
  return { stream, bytesSoFar: () => bytes, measured };
}
