import type { Readable } from 'node:stream';
import type { PartBody } from './bytes.ts';

/** Cuts a stream into pieces of a given length. Only what was read and not given out is in memory. */
export type StreamCutter = {
  /** Up to so many bytes; fewer only at the end of the stream. */
  take(bytes: number): Promise<Buffer>;
  /** Gives bytes back, so that the next `take` begins with them. */
  giveBack(bytes: Buffer): void;
};

export function cutting(stream: Readable): StreamCutter {
  const iterator = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  return {
    take: async (bytes) => {
      const part = Buffer.allocUnsafe(bytes);
      let filled = 0;
      while (filled < bytes) {
        if (rest.length === 0) {
          const { done, value } = await iterator.next();
          if (done) break;
          rest = Buffer.from(value);
        }
        const taken = rest.copy(part, filled, 0, bytes - filled);
        filled += taken;
        rest = rest.subarray(taken);
      }
      return part.subarray(0, filled);
    },
    giveBack: (bytes) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([bytes, rest]);
    },
  };
}

const PIECE_BYTES = 1024 * 1024;

/** A part that is in memory. */
export function inMemory(part: Buffer): PartBody {
  return {
    bytes: part.length,
    open: async function* () {
      for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
    },
  };
}
