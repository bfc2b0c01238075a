import { StoreError } from './errors.ts';

// The head of a chunk has a size and a signature. A trailer has a name and a checksum. A longer line is an attack or an
// error.
const LINE_BYTES_MAX = 4096;
const TRAILER_LINES_MAX = 32;

/**
 * Removes the aws-chunked framing of a body: `size[;chunk-signature=…]\r\n bytes \r\n`, a chunk of size 0, trailers. At
 * the end of the body, `trailers` has its trailers. We do not verify the signatures of chunks: we have verified the head
 * of the request, the bytes come over loopback, and the caller checks the checksum in the trailer.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, void> {
  const reader = frameReader(source);
  try {
    for (let bytes = chunkSize(await reader.line()); bytes > 0; bytes = chunkSize(await reader.line())) {
      yield* reader.bytes(bytes);
      if ((await reader.line()) !== '') throw new StoreError('IncompleteBody', { message: 'A chunk has no end.' });
    }
    await readTrailers(reader, trailers);
    await reader.drain();
  } finally {
    // Releases the request, so that `sendReply` can read and drop the rest of its body.
    await reader.close();
  }
}

async function readTrailers(reader: FrameReader, trailers: Map<string, string>): Promise<void> {
  for (let count = 0; count < TRAILER_LINES_MAX; count += 1) {
    const line = await reader.line();
    if (line === '') break;
    const colon = line.indexOf(':');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function chunkSize(line: string): number {
  const size = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(line)?.[1];
  if (size === undefined) throw new StoreError('IncompleteBody', { message: 'A chunk has no size.' });
  return Number.parseInt(size, 16);
}

type FrameReader = {
  line(): Promise<string>;
  bytes(count: number): AsyncGenerator<Buffer, void>;
  drain(): Promise<void>;
  close(): Promise<void>;
};

function frameReader(source: AsyncIterable<Buffer>): FrameReader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };

  /** Returns an empty line at the end of the body too. The caller refuses an empty line in the place of a size. */
  const line = async (): Promise<string> => {
    for (let end = rest.indexOf('\r\n'); ; end = rest.indexOf('\r\n')) {
      if (end >= 0) {
        const text = rest.toString('latin1', 0, end);
        rest = rest.subarray(end + 2);
        return text;
      }
      if (rest.length > LINE_BYTES_MAX) throw new StoreError('IncompleteBody', { message: 'A line is too long.' });
      if (!(await more())) return '';
    }
  };

  return {
    line,
    async *bytes(count) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw new StoreError('IncompleteBody');
        const piece = rest.subarray(0, left);
        rest = rest.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
    },
    async drain() {
      while (await more()) rest = Buffer.alloc(0);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
