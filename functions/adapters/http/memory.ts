import { KiB } from '../../transfer/values/sizes.ts';

/**
 * The one buffer of a connection. Bytes come in from `filled` on. Those from `taken` to `filled` are not lent yet. If it
 * is full, it starts over as soon as everything was lent and given back. Nothing ever writes over what is lent.
 */
export type Memory = {
  /** Where the next bytes go. */
  readonly room: () => Buffer;
  /**
   * Counts bytes that have come into `into`. `over`: there was no place for them, and they are lost. This happens only if
   * bytes keep coming although the connection has paused.
   */
  arrived(bytes: number, into: Uint8Array): 'more' | 'full' | 'over';
  /** The bytes that are not lent yet. */
  waiting(): number;
  isFull(): boolean;
  /** Lends at most `most` bytes. */
  lend(most: number): Buffer;
  /** Gives back the last bytes of what was lent last. */
  putBack(bytes: number): void;
  /** Begins at the start again, if nothing is left to lend. Returns whether it did. */
  startOver(): boolean;
};

// Takes bytes for which a buffer has no place. Node fills it and tells us in one step, so all connections can share it.
const spare = Buffer.allocUnsafeSlow(64 * KiB);

/** `fullAt`: with so many bytes it is full. What is above is for bytes that come although the connection has paused. */
export function openMemory(size: number, fullAt: number): Memory {
  const all = Buffer.allocUnsafeSlow(size);
  let [taken, filled, isFull] = [0, 0, false];
  return {
    room: () => (filled < size ? all.subarray(filled) : spare),
    arrived: (bytes, into) => {
      if (filled + bytes > size) return 'over';
      // Node chooses the room for a read before it pauses. So the first bytes after a pause may have to be moved.
      if (into.buffer !== all.buffer || into.byteOffset !== filled) all.set(into.subarray(0, bytes), filled);
      filled += bytes;
      isFull = filled >= fullAt;
      return isFull ? 'full' : 'more';
    },
    waiting: () => filled - taken,
    isFull: () => isFull,
    lend: (most) => {
      const piece = all.subarray(taken, Math.min(filled, taken + most));
      taken += piece.length;
      return piece;
    },
    putBack: (bytes) => {
      taken -= bytes;
    },
    startOver: () => {
      if (!isFull || taken !== filled) return false;
      [taken, filled, isFull] = [0, 0, false];
      return true;
    },
  };
}
