/** A part's CRC, and the number of bytes that it covers. */
type PartCrc = { readonly bytes: number; readonly base64: string };

/**
 * Computes the CRC of the whole from the CRCs of its parts, without reading a byte again. To append n bytes, it multiplies
 * the CRC so far by x^(8n) modulo the polynomial, and adds the CRC of the next part. This is zlib's crc32_combine for any
 * width. Most parts have the same length, so it computes each power only once.
 *
 * Partway has another implementation in functions/transfer/values/checksums.ts. The two share no code on purpose: tests
 * compare Partway's CRC with the store's answer, and would not notice a fault in shared code.
 */
export function combineCrcs(parts: readonly PartCrc[], polynomial: bigint, digestBytes: number): string {
  const field = { polynomial, topBit: 1n << BigInt(digestBytes * 8 - 1) };
  const powers = new Map<number, bigint>();
  let whole = 0n;
  for (const { bytes, base64 } of parts) {
    const power = powers.get(bytes) ?? powerOfX(BigInt(bytes) * 8n, field);
    powers.set(bytes, power);
    whole = multiply(whole, power, field) ^ BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`);
  }
  return Buffer.from(whole.toString(16).padStart(digestBytes * 2, '0'), 'hex').toString('base64');
}

/** The bits are reversed, as in the CRCs themselves: the top bit is the coefficient of x^0. */
type Field = { readonly polynomial: bigint; readonly topBit: bigint };

function multiply(left: bigint, right: bigint, field: Field): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = field.topBit; bit > 0n; bit >>= 1n) {
    if ((left & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) !== 0n ? (shifted >> 1n) ^ field.polynomial : shifted >> 1n;
  }
  return product;
}

/** Computes the power by squaring, in about forty steps for the largest part. */
function powerOfX(exponent: bigint, field: Field): bigint {
  let power = field.topBit;
  let square = field.topBit >> 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) !== 0n) power = multiply(power, square, field);
    square = multiply(square, square, field);
  }
  return power;
}
