import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { decodeChunked } from '../protocol/chunked.ts';
import { StoreError } from '../protocol/errors.ts';
import type { Call } from '../state/call.ts';
import { type ChecksumAlgorithm, type Checksums, defaultChecksum } from '../state/checksums.ts';
import { type Digests, startDigests } from '../state/digests.ts';
import { type Disk, discardPieces, pieceFile } from '../state/disk.ts';
import type { Piece } from '../state/records.ts';
import { checkBody, expectationsOf, hiddenAlgorithms, namedAlgorithms } from './expectations.ts';

// A larger buffer needs fewer system calls. A smaller one needs less memory for a hundred uploads at once.
const BUFFER_BYTES = 1024 * 1024;
// A list of ten thousand parts, each with an ETag and a checksum, has about 2.5 MB.
const TEXT_BYTES_MAX = 8 * 1024 * 1024;

/** Writes the request's body into a new piece, and checks it against all that the client said about it. */
export async function receivePiece(call: Call, asked: readonly ChecksumAlgorithm[]): Promise<Piece> {
  const expected = expectationsOf(call);
  const wanted = [...namedAlgorithms(expected), ...asked];
  const unasked = defaultChecksum(call.store.options);
  const kept = wanted.length > 0 || !unasked ? wanted : [unasked];
  const trailers = new Map<string, string>();
  const chunks = bodyChunks(call, expected.framed, trailers);
  const check = (came: Digests) => checkBody(expected, came, trailers);
  const piece = await writePiece(call.store.disk, chunks, [...kept, ...hiddenAlgorithms(expected)], check);
  return { ...piece, checksums: only(piece.checksums, kept) };
}

/** Reads a body that is a document into memory, with the same checks. */
export async function receiveText(call: Call): Promise<string> {
  const expected = expectationsOf(call);
  if (expected.bytes > TEXT_BYTES_MAX) throw new StoreError('MaxMessageLengthExceeded');
  const trailers = new Map<string, string>();
  const digests = startDigests([...namedAlgorithms(expected), ...hiddenAlgorithms(expected)]);
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(call, expected.framed, trailers)) {
    digests.update(chunk);
    chunks.push(chunk);
  }
  checkBody(expected, await digests.finish(), trailers);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Writes bytes into a new piece. If they end early, the disk is full or `check` throws, it removes the piece, which no
 * record names yet.
 */
export async function writePiece(
  disk: Disk,
  chunks: AsyncIterable<Buffer>,
  algorithms: readonly ChecksumAlgorithm[],
  check: (came: Digests) => void = () => {},
): Promise<Piece> {
  const file = randomUUID();
  const digests = startDigests(algorithms);
  const metered = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      digests.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(chunks, metered, createWriteStream(pieceFile(disk, file), { highWaterMark: BUFFER_BYTES }));
    const came = await digests.finish();
    check(came);
    return { file, ...came };
  } catch (error) {
    discardPieces(disk, [{ file }]);
    throw error;
  }
}

async function* bodyChunks(call: Call, framed: boolean, trailers: Map<string, string>): AsyncGenerator<Buffer, void> {
  // We ask for the body only now, after all checks of the headers.
  if (call.headers.expect?.toLowerCase() === '100-continue') call.response.writeContinue();
  // If we refuse in the middle of the body, the socket must stay open for the answer.
  const raw: AsyncIterable<Buffer> = call.request.iterator({ destroyOnReturn: false });
  const counted = countBytes(call, call.flow?.(raw) ?? raw);
  yield* framed ? decodeChunked(counted, trailers) : counted;
}

async function* countBytes(call: Call, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const { counters } = call.store;
  for await (const chunk of source) {
    counters.bytesIn += chunk.length;
    if (call.operation === 'UploadPart') counters.partBytesIn += chunk.length;
    yield chunk;
  }
}

function only(checksums: Checksums, names: readonly ChecksumAlgorithm[]): Checksums {
  return Object.fromEntries(names.map((name) => [name, checksums[name]]).filter(([, value]) => value !== undefined));
}
