import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32, crc32FromBase64, crc32Hex } from '../../functions/transfer/checksums.ts';
import { GiB } from '../../functions/transfer/sizes.ts';

describe('combined CRC32', () => {
  it('is the CRC32 of the whole, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        const whole = Buffer.concat(pieces);
        const combined = combineCrc32(pieces.map((bytes) => ({ crc32: crc32(bytes), bytes: bytes.length })));
        expect(combined).toBe(crc32(whole));
      }),
    );
  });

  it('holds for parts of 5 GiB, whose bits no longer fit in 32 bits', () => {
    // 5 GiB of zeros are fed in slices; the CRC of zeros is not 0 once something came before.
    const slice = Buffer.alloc(GiB / 8);
    let zeros = 0;
    let after = crc32(Buffer.from('head'));
    for (let index = 0; index < 40; index += 1) {
      zeros = crc32(slice, zeros);
      after = crc32(slice, after);
    }
    expect(
      combineCrc32([
        { crc32: crc32(Buffer.from('head')), bytes: 4 },
        { crc32: zeros, bytes: 5 * GiB },
      ]),
    ).toBe(after);
  });

  it('of nothing is 0', () => {
    expect(combineCrc32([])).toBe(0);
    expect(crc32Hex(0)).toBe('00000000');
  });

  it('is read from S3 as four bytes in base64, and nothing else', () => {
    expect(crc32FromBase64('y/Q5Jg==')).toBe(crc32('123456789'));
    expect(crc32FromBase64('AAAA')).toBeUndefined();
  });
});
