import { Readable, type Writable } from 'node:stream';
import type { Summed } from '../../transfer/values/checksums.ts';

/**
 * Takes one piece of a stream. The piece is only lent: when the promise is done, the next piece is written into the same
 * memory.
 */
export type TakePiece = (piece: Buffer) => Promise<void> | void;

/** Hands all pieces to `take`, in order, one at a time. It rejects if a byte is missing, and may be called once. */
type Pour = (take: TakePiece) => Promise<void>;

/**
 * A stream that lends its pieces instead of giving them away. A copy of gigabytes then needs one buffer of memory, and V8
 * has nothing to collect. Code that reads it like any other stream gets a copy of each piece.
 */
export type LentStream = Readable & {
  readonly pour: Pour;
  /** What was computed of all pieces, if somebody has computed it. Valid after the last piece. */
  readonly sums: (() => Summed) | undefined;
};

export function lentStream(pour: Pour, sums?: () => Summed): LentStream {
  const stream = new Readable({ read: copying(pour) });
  // This is how node:http and the SDK send a body.
  const pipe = <T extends NodeJS.WritableStream>(destination: T): T => {
    const writable = destination as unknown as Writable;
    pour((piece) => written(writable, piece)).then(
      () => writable.end(),
      (error) => writable.destroy(error),
    );
    return destination;
  };
  // Whoever takes the pieces hears of an error. Without a listener, Node would end the process.
  stream.on('error', () => {});
  return Object.assign(stream, { pour, sums, pipe });
}

export function isLent(body: Readable): body is LentStream {
  return 'pour' in body;
}

/** Hands all pieces of any stream to `take`. */
export async function pour(body: Readable, take: TakePiece): Promise<void> {
  if (isLent(body)) return body.pour(take);
  for await (const piece of body) await take(piece as Buffer);
}

/** What a Readable does when somebody reads it: it gets a copy of each piece. */
function copying(pour: Pour): (this: Readable) => void {
  let readOn: (() => void) | undefined;
  return function read() {
    if (readOn) return readOn();
    readOn = () => {};
    const give = (piece: Buffer) => {
      if (this.push(Buffer.from(piece))) return;
      return new Promise<void>((resolve) => {
        readOn = resolve;
      });
    };
    pour(give).then(
      () => this.push(null),
      (error) => this.destroy(error),
    );
  };
}

function written(destination: Writable, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    destination.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
