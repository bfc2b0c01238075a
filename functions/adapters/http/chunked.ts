import type { Connection } from './connection.ts';

const LINE_BYTES_MAX = 4096;

/**
 * Reads a short body that comes in chunks, as S3 sends its errors. `undefined`: it is longer than `bytesMax`, or no such
 * body. https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 */
export async function readChunked(connection: Connection, bytesMax: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  for (let bytes = 0; ; ) {
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec((await lineFrom(connection)) ?? '')?.[1];
    const length = Number.parseInt(size ?? '', 16);
    bytes += length;
    if (Number.isNaN(length) || bytes > bytesMax) return undefined;
    if (length === 0) break;
    pieces.push(await exactly(connection, length));
    if ((await lineFrom(connection)) !== '') return undefined;
  }
  for (let line = await lineFrom(connection); line !== ''; line = await lineFrom(connection))
    if (line === undefined) return undefined; // the fields of a trailer say nothing to us
  return Buffer.concat(pieces);
}

/** A copy of the next bytes. */
export async function exactly(connection: Connection, length: number): Promise<Buffer> {
  const all = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) filled += (await connection.next(length - filled)).copy(all, filled);
  return all;
}

async function lineFrom(connection: Connection): Promise<string | undefined> {
  let line = '';
  while (line.length < LINE_BYTES_MAX) {
    const piece = (await connection.next(LINE_BYTES_MAX)).toString('latin1');
    const end = piece.indexOf('\r\n');
    const atBorder = line.endsWith('\r') && piece.startsWith('\n');
    if (atBorder) {
      connection.putBack(piece.length - 1);
      return line.slice(0, -1);
    }
    if (end >= 0) {
      connection.putBack(piece.length - end - 2);
      return line + piece.slice(0, end);
    }
    line += piece;
  }
  return undefined;
}
