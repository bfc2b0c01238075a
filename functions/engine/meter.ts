import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { TransferError } from '../transfer/errors.ts';

/** What went through: proof of a part without reading it twice. */
export type Metered = { readonly bytes: number; readonly crc32: number; readonly md5: string | undefined };

export type Meter = { readonly stream: Transform; measured(): Metered; bytesSoFar(): number };

/** Counts and sums bytes on their way. CRC32 costs 0.5 s of CPU a GiB, MD5 three times that, so it is made only when asked. */
export function meter({ md5, bytesMax }: { md5: boolean; bytesMax: number }): Meter {
  const hash = md5 ? createHash('md5') : undefined;
  let bytes = 0;
  let crc = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // What comes beyond would follow the body on the target's connection, as if it were a request of ours.
      if (bytes + chunk.length > bytesMax)
        return done(new TransferError('Unreachable', `More than the ${bytesMax} bytes that were asked for came.`));
      bytes += chunk.length;
      crc = crc32(chunk, crc);
      hash?.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, bytesSoFar: () => bytes, measured: () => ({ bytes, crc32: crc, md5: hash?.copy().digest('hex') }) };
}
