/** CRC32 (the one of zlib, gzip and S3's x-amz-checksum-crc32) of a whole from the CRC32s of its pieces. */

// The reflected polynomial of IEEE 802.3: https://www.rfc-editor.org/rfc/rfc1952#section-8
const POLYNOMIAL = 0xedb88320;

/** One piece: its CRC32 and its length in bytes. */
export type Piece = { readonly crc32: number; readonly bytes: number };

/**
 * The CRC32 of the pieces one after the other. Appending n bytes multiplies a CRC by x^(8n) modulo the polynomial,
 * so no byte is read again. All parts but the last have one length, hence the memory of shifts.
 */
export function combineCrc32(pieces: readonly Piece[]): number {
  const shifts = new Map<number, number>();
  let crc = 0;
  for (const piece of pieces) {
    const shift = shifts.get(piece.bytes) ?? powerOfX(8 * piece.bytes);
    shifts.set(piece.bytes, shift);
    crc = multiply(shift, crc) ^ piece.crc32;
  }
  return crc >>> 0;
}

/** The product of two polynomials over GF(2), modulo the CRC's; bit 31 is x^0. */
function multiply(left: number, right: number): number {
  let product = 0;
  let shifted = right;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((left >>> bit) & 1) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product;
}

/** x^n by squaring; n may pass 2^32 (bits of a 5 GiB part), so it is halved by division. */
function powerOfX(n: number): number {
  let power = 0x80000000 | 0; // x^0
  let square = 0x40000000; // x^1
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

type MaybeKnown = {
  readonly bytes: number;
  readonly crc32?: number | undefined;
  readonly readBack?: { readonly crc32: number } | undefined;
};

/** The whole's CRC32 in hexadecimal, where every piece's is known. */
export function wholeCrc32(pieces: readonly MaybeKnown[]): string | undefined {
  const known = pieces.flatMap(({ bytes, crc32: sent, readBack }) => {
    const crc32 = sent ?? readBack?.crc32; // of a part that we did not send, reading it back tells
    return crc32 === undefined ? [] : [{ crc32, bytes }];
  });
  return known.length === pieces.length ? crc32Hex(combineCrc32(known)) : undefined;
}

/** As people and S3's own tools write it: eight hexadecimal digits. */
export function crc32Hex(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, '0');
}

/** As S3's x-amz-checksum-crc32 carries it: four bytes, big endian, base64. */
export function crc32FromBase64(text: string): number | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 4 ? bytes.readUInt32BE() : undefined;
}
