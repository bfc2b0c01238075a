/**
 * The one buffer of a connection. Bytes come in from `filled` on. Those from `taken` to `filled` are not lent yet. If it
 * is full, it starts over as soon as everything was lent and given back.
 */
export type Memory = {
  /** Where the next bytes go. */
  readonly room: () => Buffer;
  /** Counts bytes that have come into `into`. Returns whether more may come. */
  arrived(bytes: number, into: Uint8Array): boolean;
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

/** `fullAt`: with so many bytes it is full. What is above is for bytes that come although the connection has paused. */
export function openMemory(size: number, fullAt: number): Memory {
  const all = Buffer.allocUnsafeSlow(size);
  let [taken, filled, isFull] = [0, 0, false];
  return {
    room: () => all.subarray(filled < size ? filled : 0),
    arrived: (bytes, into) => {
      if (filled + bytes > size) throw new Error('bytes came while the connection was paused');
      // Node chooses the room for a read before it pauses. So the first bytes after a pause may have to be moved.
      const at = into.byteOffset - all.byteOffset;
      if (at !== filled) all.copyWithin(filled, at, at + bytes);
      filled += bytes;
      isFull = filled >= fullAt;
      return !isFull;
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
