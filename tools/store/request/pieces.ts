import { createReadStream } from 'node:fs';
import type { ByteRange } from '../protocol/ranges.ts';
import type { Content } from '../state/call.ts';
import { type ChecksumAlgorithm, checksumAlgorithms } from '../state/checksums.ts';
import { type Disk, holdPieces, pieceFile } from '../state/disk.ts';
import type { Piece, StoredObject } from '../state/records.ts';

// Reads of half a megabyte are as fast as the disk. Larger reads would only cost memory for each reader.
const BUFFER_BYTES = 512 * 1024;

/** A range of an object as it is now. It holds the pieces, so that they can still be read after an overwrite. */
export function objectContent(disk: Disk, object: StoredObject, range: ByteRange): Content {
  const slices = slicesOf(object.parts, range);
  const release = holdPieces(
    disk,
    slices.map((slice) => slice.piece),
  );
  return { bytes: range.last - range.first + 1, chunks: () => readSlices(disk, slices), release };
}

/** The range of the whole object. For an empty object, `last` is -1, which makes an empty range. */
export function wholeRange(object: StoredObject): ByteRange {
  return { first: 0, last: object.bytes - 1 };
}

/** Reads a piece again to compute a checksum that nobody asked for when its bytes came in. */
export async function checksumOfPiece(disk: Disk, piece: Piece, algorithm: ChecksumAlgorithm): Promise<string> {
  const checksum = checksumAlgorithms[algorithm].start();
  const chunks = createReadStream(pieceFile(disk, piece.file), { highWaterMark: BUFFER_BYTES });
  for await (const chunk of chunks) checksum.update(chunk);
  return checksum.digest();
}

type Slice = { readonly piece: Piece; readonly first: number; readonly last: number };

function slicesOf(pieces: readonly Piece[], range: ByteRange): Slice[] {
  const slices: Slice[] = [];
  let offset = 0;
  for (const piece of pieces) {
    const first = Math.max(range.first - offset, 0);
    const last = Math.min(range.last - offset, piece.bytes - 1);
    if (first <= last) slices.push({ piece, first, last });
    offset += piece.bytes;
  }
  return slices;
}

/** Opens one piece after the other, so that ten thousand parts do not need ten thousand open files. */
async function* readSlices(disk: Disk, slices: readonly Slice[]): AsyncGenerator<Buffer, void> {
  for (const { piece, first, last } of slices) {
    yield* createReadStream(pieceFile(disk, piece.file), { start: first, end: last, highWaterMark: BUFFER_BYTES });
  }
}
