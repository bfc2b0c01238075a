import { createHash } from 'node:crypto';
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

export type Meter = {
  /** Sums a piece that was read. Throws Unreachable if more bytes come than were asked for. */
  read(piece: Buffer): void;
  /** Counts bytes that the target has taken. */
  written(bytes: number): void;
  measured(): Metered;
  /** The bytes that the target has taken. */
  bytesSoFar(): number;
  /** The bytes that were asked for. */
  readonly bytesMax: number;
};

type MeterOptions = { readonly md5: boolean; readonly crcs: readonly OtherCrc[]; readonly bytesMax: number };

/**
 * Counts bytes on their way and computes their checksums. CRC32 costs little compared with moving the bytes. MD5 and
 * each other CRC cost several times as much as CRC32, so we compute them only if they are asked for:
 * docs/decisions/0006.
 */
export function meter({ md5, crcs, bytesMax }: MeterOptions): Meter {
  const hash = md5 ? createHash('md5') : undefined;
  const others = crcs.map((name) => ({ name, crc: startCrc(name) }));
  let [bytes, moved, crc] = [0, 0, 0];
  return {
    read: (piece) => {
      // The additional bytes would follow the body on the connection to the target, and look like another request of
      // ours.
      if (bytes + piece.length > bytesMax)
        throw new TransferError('Unreachable', `More bytes came than the ${bytesMax} that Partway asked for.`);
      bytes += piece.length;
      crc = crc32(piece, crc);
      hash?.update(piece);
      for (const other of others) other.crc.update(piece);
    },
    written: (more) => {
      moved += more;
    },
    bytesSoFar: () => moved,
    bytesMax,
    measured: () => ({
      bytes,
      crc32: crc,
      crcs: Object.fromEntries(others.map((other) => [other.name, other.crc.hex()])),
      md5: hash?.copy().digest('hex'),
    }),
  };
}
