import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { MiB } from '../../functions/transfer/values/sizes.ts';

const piece = randomBytes(MiB);

/** A stream of so many bytes, in pieces of 1 MiB, so that even a large part needs little memory. */
export function pieces(bytes: number): Readable {
  const all = function* () {
    for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
  };
  return Readable.from(all(), { objectMode: false });
}
