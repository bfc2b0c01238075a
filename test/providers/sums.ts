import { combineCrcs } from '../../tools/store/protocol/crc-combine.ts';
import { crc32c } from '../../tools/store/protocol/crc32c.ts';

/** CRC-64/XZ, which the Chinese stores name ECMA-182: https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-xz */
const POLYNOMIAL = 0xc96c5795d7870f42n;
/** CRC-32/ISCSI, which Google publishes. */
const CASTAGNOLI = 0x82f63b78n;

// Two halves of 32 bits, because BigInt would be twenty times slower.
const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
for (let byte = 0; byte < 256; byte += 1) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  high[byte] = Number(crc >> 32n);
  low[byte] = Number(crc & 0xffffffffn);
}

export type Sums = { readonly bytes: number; readonly crc64: bigint; readonly crc32c: bigint };

export function startSums(): { update(chunk: Buffer): void; end(): Sums } {
  let [upper, lower, bytes, castagnoli] = [0xffffffff, 0xffffffff, 0, 0];
  return {
    update: (chunk) => {
      bytes += chunk.length;
      castagnoli = crc32c(chunk, castagnoli);
      for (let index = 0; index < chunk.length; index += 1) {
        const row = (lower ^ chunk[index]!) & 0xff;
        lower = ((lower >>> 8) | (upper << 24)) ^ low[row]!;
        upper = (upper >>> 8) ^ high[row]!;
      }
    },
    end: () => ({
      bytes,
      crc64: (BigInt(~upper >>> 0) << 32n) | BigInt(~lower >>> 0),
      crc32c: BigInt(castagnoli),
    }),
  };
}

export function combineSums(parts: readonly Sums[]): Sums {
  const combined = (name: 'crc64' | 'crc32c', polynomial: bigint, digestBytes: number) => {
    const rows = parts.map((part) => ({ bytes: part.bytes, base64: base64Of(part[name], digestBytes) }));
    const whole = Buffer.from(combineCrcs(rows, polynomial, digestBytes), 'base64');
    return BigInt(`0x${whole.toString('hex')}`);
  };
  return {
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    crc64: combined('crc64', POLYNOMIAL, 8),
    crc32c: combined('crc32c', CASTAGNOLI, 4),
  };
}

/** The bytes of the CRC, with the highest byte first. */
export function base64Of(crc: bigint, digestBytes: number): string {
  return Buffer.from(crc.toString(16).padStart(2 * digestBytes, '0'), 'hex').toString('base64');
}
