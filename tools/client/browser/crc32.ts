import { crcs } from '../../../functions/transfer/values/checksums.ts';
import type { Crc32 } from '../bytes.ts';

const TABLES = 8;
const tables = newTables();

/** Table `n` gives the CRC of a byte that `n` zero bytes follow. */
const looked = (table: number, byte: number): number => tables.getInt32(4 * (256 * table + (byte & 255)), true);

/** CRC32 of eight bytes at once, each by a table of its own ("slicing by 8"). A page has no zlib. */
export const crc32: Crc32 = (piece, before = 0) => {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  let crc = ~before;
  let at = 0;
  for (; at + TABLES <= piece.length; at += TABLES) {
    const first = crc ^ view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    crc =
      looked(7, first) ^
      looked(6, first >>> 8) ^
      looked(5, first >>> 16) ^
      looked(4, first >>> 24) ^
      looked(3, second) ^
      looked(2, second >>> 8) ^
      looked(1, second >>> 16) ^
      looked(0, second >>> 24);
  }
  for (; at < piece.length; at += 1) crc = looked(0, crc ^ view.getUint8(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
};

function newTables(): DataView {
  const view = new DataView(new ArrayBuffer(4 * 256 * TABLES));
  const polynomial = Number(crcs.crc32.polynomial);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    view.setInt32(4 * byte, crc, true);
  }
  for (let index = 256; index < 256 * TABLES; index += 1) {
    const shorter = view.getInt32(4 * (index - 256), true);
    view.setInt32(4 * index, view.getInt32(4 * (shorter & 255), true) ^ (shorter >>> 8), true);
  }
  return view;
}
