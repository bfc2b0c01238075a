import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { PartBody, Whole } from './bytes.ts';

/** Cuts a stream into parts. Besides the part that is filled, one chunk of the stream is in memory. */
export type StreamCutter = {
  /** Fills the buffer, and gives what was filled: less than all of it only at the end of the stream. */
  fill(buffer: Buffer): Promise<Buffer>;
  /** Gives bytes back, so that the next part begins with them. */
  giveBack(bytes: Buffer): void;
};

/** Destroys the stream when the signal aborts, so that a silent stream does not keep the command alive. */
export function cutting(stream: Readable, signal?: AbortSignal): StreamCutter {
  signal?.addEventListener('abort', () => stream.destroy(), { once: true });
  const iterator = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const waiting: Buffer[] = [];
  return {
    fill: async (buffer) => {
      let filled = 0;
      while (filled < buffer.length) {
        const [next] = waiting;
        if (next === undefined) {
          const { done, value } = await iterator.next();
          signal?.throwIfAborted();
          if (done) break;
          waiting.push(value);
          continue;
        }
        const taken = next.copy(buffer, filled);
        filled += taken;
        if (taken < next.length) waiting[0] = next.subarray(taken);
        else waiting.shift();
      }
      return buffer.subarray(0, filled);
    },
    giveBack: (bytes) => waiting.unshift(bytes),
  };
}

const PIECE_BYTES = MiB;

/** A part that is in memory. */
export function inMemory(part: Buffer): PartBody {
  return {
    bytes: part.length,
    open: async function* () {
      for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
    },
  };
}

/** Reads what is left of a stream whose bytes another command has sent, to know whether they are these. */
export async function readToItsEnd(head: Buffer, rest: StreamCutter): Promise<Whole> {
  let whole = { bytes: head.length, crc32: crc32(head) };
  for (const buffer = Buffer.allocUnsafe(PIECE_BYTES); ; ) {
    const piece = await rest.fill(buffer);
    if (piece.length === 0) return whole;
    whole = { bytes: whole.bytes + piece.length, crc32: crc32(piece, whole.crc32) };
  }
}
