/** The CRCs of whole objects that stores publish: how we combine the CRCs of pieces, and how each CRC is written. */

/** What is known of a CRC: what people call it, its width in bytes, and its polynomial with the bits reversed. */
type Crc = { readonly title: string; readonly bytes: number; readonly polynomial: bigint };

/**
 * All four are reflected: the lowest bit of a byte comes first. They start with all bits set, and invert the result:
 * https://reveng.sourceforge.io/crc-catalogue/all.htm
 */
export const crcs = {
  /** CRC-32/ISO-HDLC, as in zlib, gzip and x-amz-checksum-crc32. */
  crc32: { title: 'CRC32', bytes: 4, polynomial: 0xedb88320n },
  /** CRC-32/ISCSI. */
  crc32c: { title: 'CRC32C', bytes: 4, polynomial: 0x82f63b78n },
  /** CRC-64/XZ. The stores that publish it name it after the standard of its polynomial, ECMA-182. */
  crc64ecma: { title: 'CRC-64/ECMA', bytes: 8, polynomial: 0xc96c5795d7870f42n },
  crc64nvme: { title: 'CRC-64/NVME', bytes: 8, polynomial: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, Crc>;

export type CrcName = keyof typeof crcs;
/** CRC32 is computed of every part. The others are computed if somebody publishes one to compare with. */
export type OtherCrc = Exclude<CrcName, 'crc32'>;
/** In hexadecimal, by name. A CRC that is missing here is unknown. */
export type OtherCrcs = { readonly [Name in OtherCrc]?: string | undefined };

export const crcNames = Object.keys(crcs) as readonly CrcName[];

// Each one costs CPU time of the copying Lambda for every byte: docs/decisions/0006.
const OTHERS_MAX = 2;

/** The CRCs to compute beside CRC32: the one that the target will publish, then those that the source publishes. */
export function crcsBeside(own: { readonly algorithm: OtherCrc } | 'none', source: OtherCrcs = {}): OtherCrc[] {
  const ofTarget = own === 'none' ? [] : [own.algorithm];
  const ofSource = crcNames.filter((name) => name !== 'crc32').filter((name) => source[name] !== undefined);
  return [...new Set([...ofTarget, ...ofSource])].slice(0, OTHERS_MAX);
}

/** Whether an ETag can be an MD5. Any other ETag says nothing about the bytes, whatever the store's profile promises. */
export function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/i.test(etag);
}

/** One piece: its CRC and its length in bytes. */
export type CrcPiece = { readonly crc: bigint; readonly bytes: number };

/**
 * The CRC of all pieces together, in order. Appending n bytes multiplies a CRC by x^(8n) modulo the polynomial, so no
 * byte is read again. All parts but the last have one length, so we remember the shifts.
 */
export function combineCrcs(name: CrcName, pieces: readonly CrcPiece[]): bigint {
  const shifts = new Map<number, bigint>();
  let whole = 0n;
  for (const { crc, bytes } of pieces) {
    const shift = shifts.get(bytes) ?? powerOfX(crcs[name], 8n * BigInt(bytes));
    shifts.set(bytes, shift);
    whole = multiply(crcs[name], shift, whole) ^ crc;
  }
  return whole;
}

/** The product of two polynomials over GF(2), modulo that of the CRC. The top bit is x^0. */
function multiply({ bytes, polynomial }: Crc, left: bigint, right: bigint): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = xToThe0(bytes); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

/** x^n by squaring. */
function powerOfX(crc: Crc, n: bigint): bigint {
  let power = xToThe0(crc.bytes);
  let square = power >> 1n; // x^1
  for (let left = n; left > 0n; left >>= 1n) {
    if (left & 1n) power = multiply(crc, square, power);
    square = multiply(crc, square, square);
  }
  return power;
}

function xToThe0(bytes: number): bigint {
  return 1n << BigInt(8 * bytes - 1);
}

/** A part, or a whole object: CRC32 as zlib gives it, the others in hexadecimal. */
export type Summed = {
  readonly crc32?: number | undefined;
  readonly crcs?: OtherCrcs | undefined;
  readonly readBack?: { readonly crc32: number } | undefined;
};

/** One CRC of a part or of an object, in hexadecimal. `undefined`: it is not known. */
export function crcOf(name: CrcName, { crc32, crcs: others, readBack }: Summed): string | undefined {
  if (name !== 'crc32') return others?.[name];
  const known = crc32 ?? readBack?.crc32; // if we did not send the part, we know it from reading back
  return known === undefined ? undefined : crc32Hex(known);
}

/** The whole object's CRC in hexadecimal, if that of every piece is known. */
export function wholeCrc(name: CrcName, pieces: readonly (Summed & { readonly bytes: number })[]): string | undefined {
  const known = pieces.flatMap((piece) => {
    const crc = crcOf(name, piece);
    return crc === undefined ? [] : [{ crc: BigInt(`0x${crc}`), bytes: piece.bytes }];
  });
  return known.length === pieces.length ? crcHex(name, combineCrcs(name, known)) : undefined;
}

export function wholeCrc32(pieces: readonly (Summed & { readonly bytes: number })[]): string | undefined {
  return wholeCrc('crc32', pieces);
}

/** A CRC with all its digits, as people and S3's own tools write it. */
export function crcHex(name: CrcName, crc: bigint): string {
  return crc.toString(16).padStart(2 * crcs[name].bytes, '0');
}

export function crc32Hex(crc: number): string {
  return crcHex('crc32', BigInt(crc >>> 0));
}

/**
 * Reads a CRC from base64, with the highest byte first, as S3's x-amz-checksum-* headers have it. `undefined`: the text
 * is not such a CRC.
 */
export function crcFromBase64(name: CrcName, text: string): string | undefined {
  const bytes = fromBase64(text);
  if (bytes?.length !== crcs[name].bytes) return undefined;
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of a base64 text. `undefined`: the text is not exactly what these bytes are in base64. */
function fromBase64(text: string): number[] | undefined {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}

export function crc32FromBase64(text: string): number | undefined {
  const crc = crcFromBase64('crc32', text);
  return crc === undefined ? undefined : Number.parseInt(crc, 16);
}

/** From a decimal number, as the stores with CRC-64/ECMA write it. */
export function crcFromDecimal(name: CrcName, text: string): string | undefined {
  const crc = /^\d{1,20}$/.test(text) ? crcHex(name, BigInt(text)) : '';
  return crc.length === 2 * crcs[name].bytes ? crc : undefined;
}
