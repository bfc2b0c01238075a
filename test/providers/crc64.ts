import { combineCrcs } from '../../tools/local/store/crc-combine.ts';

/** CRC-64/ECMA-182 as xz and the Chinese stores compute it: https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-xz */
const POLYNOMIAL = 0xc96c5795d7870f42n;

// In two halves of 32 bits: BigInt would be twenty times slower.
const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
for (let byte = 0; byte < 256; byte += 1) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  high[byte] = Number(crc >> 32n);
  low[byte] = Number(crc & 0xffffffffn);
}

export type Crc64 = { readonly bytes: number; readonly value: bigint };

export function startCrc64(): { update(chunk: Buffer): void; end(): Crc64 } {
  let [upper, lower, bytes] = [0xffffffff, 0xffffffff, 0];
  return {
    update: (chunk) => {
      bytes += chunk.length;
      for (let index = 0; index < chunk.length; index += 1) {
        const row = (lower ^ chunk[index]!) & 0xff;
        lower = ((lower >>> 8) | (upper << 24)) ^ low[row]!;
        upper = (upper >>> 8) ^ high[row]!;
      }
    },
    end: () => ({ bytes, value: (BigInt(~upper >>> 0) << 32n) | BigInt(~lower >>> 0) }),
  };
}

export function combineCrc64(parts: readonly Crc64[]): Crc64 {
  const rows = parts.map(({ bytes, value }) => ({
    bytes,
    base64: Buffer.from(value.toString(16).padStart(16, '0'), 'hex').toString('base64'),
  }));
  const whole = Buffer.from(combineCrcs(rows, POLYNOMIAL, 8), 'base64').toString('hex');
  return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), value: BigInt(`0x${whole}`) };
}
