import { TransferError } from '../../functions/transfer/errors.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Crc32, PartBody, Whole } from './bytes.ts';
import { unlessAborted } from './waiting.ts';

/** Cuts a stream into parts. Besides the part that is filled, one chunk of the stream is in memory. */
export type StreamCutter = {
  /** Fills the buffer, and gives what was filled: less than all of it only at the end of the stream. */
  fill(buffer: Uint8Array): Promise<Uint8Array>;
  /** Gives bytes back, so that the next part begins with them. */
  giveBack(bytes: Uint8Array): void;
};

/**
 * A chunk of the stream may use the memory of the one before it. When the signal aborts, `fill` throws its reason at once,
 * even if the stream is silent. Whoever opened the stream closes it.
 */
export function cutting(stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): StreamCutter {
  const iterator = stream[Symbol.asyncIterator]();
  const waiting: Uint8Array[] = [];
  async function fill(buffer: Uint8Array): Promise<Uint8Array> {
    let filled = 0;
    while (filled < buffer.length) {
      const [next] = waiting;
      if (next === undefined) {
        const { done, value } = await iterator.next();
        if (done) break;
        if (!(value instanceof Uint8Array)) throw new TransferError('InvalidRequest', 'The stream gives no bytes.');
        waiting.push(value);
        continue;
      }
      const taken = next.subarray(0, buffer.length - filled);
      buffer.set(taken, filled);
      filled += taken.length;
      if (taken.length < next.length) waiting[0] = next.subarray(taken.length);
      else waiting.shift();
    }
    return buffer.subarray(0, filled);
  }
  return {
    fill: (buffer) => unlessAborted(fill(buffer), signal),
    giveBack: (bytes) => waiting.unshift(bytes),
  };
}

const PIECE_BYTES = MiB;

/** A part that is in memory. */
export function inMemory(part: Uint8Array): PartBody {
  return {
    bytes: part.length,
    content: part,
    open: async function* () {
      for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
    },
  };
}

/** Reads what is left of a stream whose bytes another command has sent, to know whether they are these. */
export async function readToItsEnd(crc32: Crc32, stream: StreamCutter): Promise<Whole> {
  let whole = { bytes: 0, crc32: 0 };
  for (const buffer = new Uint8Array(PIECE_BYTES); ; ) {
    const piece = await stream.fill(buffer);
    if (piece.length === 0) return whole;
    whole = { bytes: whole.bytes + piece.length, crc32: crc32(piece, whole.crc32) };
  }
}
