/** A part's CRC and how many bytes it covers. */
type PartCrc = { readonly bytes: number; readonly base64: string };

/**
 * The CRC of the concatenation, from the CRCs of its pieces, without reading a byte again: appending n bytes multiplies
 * the CRC so far by x^(8n) modulo the polynomial, and the next piece's CRC is added. It is zlib's crc32_combine, for
 * any width. Parts mostly have one length, so that the power is worked out once.
 *
 * Partway has its own in functions/transfer/values/checksums.ts, and this one shares nothing with it on purpose: the
 * store's answer is what Partway's CRC is compared with in tests, and a fault in code that both used would go unseen.
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

/** Bits are reversed, as in the CRCs themselves: the top bit is the coefficient of x^0. */
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

/** By squaring: forty steps for the largest part. */
function powerOfX(exponent: bigint, field: Field): bigint {
  let power = field.topBit;
  let square = field.topBit >> 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) !== 0n) power = multiply(power, square, field);
    square = multiply(square, square, field);
  }
  return power;
}
