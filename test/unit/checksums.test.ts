import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCrc } from '../../functions/engine/batch/running-crc.ts';
import {
  type CrcName,
  combineCrcs,
  crc32FromBase64,
  crc32Hex,
  crcFromBase64,
  crcFromDecimal,
  crcHex,
  crcNames,
  crcs,
  crcsBeside,
  wholeCrc,
} from '../../functions/transfer/values/checksums.ts';
import { GiB, MiB } from '../../functions/transfer/values/sizes.ts';

/** The CRC as the product computes it: with zlib or with WebAssembly. */
function crcOfBytes(name: CrcName, chunks: readonly Uint8Array[]): string {
  if (name === 'crc32') return crc32Hex(chunks.reduce((crc, chunk) => crc32(chunk, crc), 0));
  const running = startCrc(name);
  for (const chunk of chunks) running.update(chunk);
  return running.hex();
}

/** The CRC by its definition, bit by bit. This is slow, but uses no table and no library. */
function crcByDefinition(name: CrcName, bytes: Uint8Array): string {
  const { polynomial, bytes: width } = crcs[name];
  const ones = (1n << BigInt(8 * width)) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return crcHex(name, crc ^ ones);
}

const pieceOf = (name: CrcName) => (bytes: Uint8Array) => ({
  crc: BigInt(`0x${crcOfBytes(name, [bytes])}`),
  bytes: bytes.length,
});

describe.each(crcNames)('%s', (name) => {
  it('of "123456789" equals the check value in the catalogue of CRCs', () => {
    // https://reveng.sourceforge.io/crc-catalogue/all.htm
    const checks = {
      crc32: 'cbf43926',
      crc32c: 'e3069283',
      crc64ecma: '995dc9bbdf1939fa',
      crc64nvme: 'ae8b14860a799888',
    };
    expect(crcOfBytes(name, [Buffer.from('123456789')])).toBe(checks[name]);
  });

  it('equals its definition for any split into chunks, also when several are computed at once', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (chunks) => {
        expect(crcOfBytes(name, chunks)).toBe(crcByDefinition(name, Buffer.concat(chunks)));
      }),
    );
  });

  it('of the whole can be combined from the CRCs of any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        const combined = crcHex(name, combineCrcs(name, pieces.map(pieceOf(name))));
        expect(combined).toBe(crcOfBytes(name, [Buffer.concat(pieces)]));
      }),
    );
  });

  it('can be combined for pieces of 5 GiB, in any grouping', () => {
    const lengths = fc.oneof(fc.constantFrom(0, 1, 5 * GiB), fc.nat({ max: 5 * GiB }));
    const piece = fc.record({
      crc: fc.bigInt({ min: 0n, max: 2n ** BigInt(8 * crcs[name].bytes) - 1n }),
      bytes: lengths,
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(piece, { maxLength: 6 }), (left, right) => {
        const sum = (pieces: typeof left) => pieces.reduce((bytes, each) => bytes + each.bytes, 0);
        const both = [left, right].map((pieces) => ({ crc: combineCrcs(name, pieces), bytes: sum(pieces) }));
        expect(combineCrcs(name, both)).toBe(combineCrcs(name, [...left, ...right]));
      }),
    );
  });

  it('of ten thousand parts is combined in well under a second', () => {
    const pieces = Array.from({ length: 10_000 }, (_, index) => ({ crc: BigInt(index * 7919), bytes: 64 * MiB }));
    const startedMs = performance.now();
    combineCrcs(name, pieces);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});

describe('A running CRC', () => {
  it('is not disturbed by another CRC of the same kind that runs at the same time', () => {
    const [one, other] = [startCrc('crc64nvme'), startCrc('crc64nvme')];
    one.update(Buffer.from('1234'));
    other.update(Buffer.from('x'));
    one.update(Buffer.from('56789'));
    expect([one.hex(), other.hex()]).toEqual(['ae8b14860a799888', crcByDefinition('crc64nvme', Buffer.from('x'))]);
  });

  it('equals the result of AWS’s own SDK for megabytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 3 * MiB }, (_, index) => (index * 2_654_435_761) >>> 11));
    const theirs = new Crc64Nvme();
    theirs.update(bytes);
    expect(crcOfBytes('crc64nvme', [bytes])).toBe(Buffer.from(await theirs.digest()).toString('hex'));
  });
});

describe('combined CRC32', () => {
  it('is right for parts of 5 GiB, whose length in bits does not fit in 32 bits', () => {
    // The 5 GiB of zeros come in slices. The CRC of zeros is not 0 if other bytes came before.
    const slice = Buffer.alloc(GiB / 8);
    let zeros = 0;
    let after = crc32(Buffer.from('head'));
    for (let index = 0; index < 40; index += 1) {
      zeros = crc32(slice, zeros);
      after = crc32(slice, after);
    }
    expect(
      wholeCrc('crc32', [
        { crc32: crc32(Buffer.from('head')), bytes: 4 },
        { crc32: zeros, bytes: 5 * GiB },
      ]),
    ).toBe(crc32Hex(after));
  });

  it('of nothing is 0', () => {
    expect(wholeCrc('crc32', [])).toBe('00000000');
  });
});

describe('The CRC of a whole', () => {
  it('is unknown if the CRC of one part is unknown', () => {
    const known = { bytes: 1, crc32: 7, crcs: { crc64nvme: '000000000000000b' } };
    expect(wholeCrc('crc64nvme', [known])).toBe('000000000000000b');
    expect(wholeCrc('crc64nvme', [known, { bytes: 1, crc32: 7 }])).toBeUndefined();
    expect(wholeCrc('crc32', [known, { bytes: 0 }])).toBeUndefined();
  });
});

describe('A published CRC', () => {
  it('is read from base64, and any other text is rejected', () => {
    expect(crc32FromBase64('y/Q5Jg==')).toBe(crc32('123456789'));
    expect(crc32FromBase64('AAAA')).toBeUndefined();
    expect(crcFromBase64('crc64nvme', 'rosUhgp5mIg=')).toBe('ae8b14860a799888');
    expect(crcFromBase64('crc64nvme', 'rosUhgp5mIg=-4')).toBeUndefined(); // made of the parts' checksums
  });

  it('is read from a decimal number of 64 bits, and any other text is rejected', () => {
    expect(crcFromDecimal('crc64ecma', '11051210869376104954')).toBe('995dc9bbdf1939fa');
    expect(crcFromDecimal('crc64ecma', '0')).toBe('0000000000000000');
    for (const text of ['', '-1', '0x10', '1.5', '18446744073709551616', '99999999999999999999'])
      expect(crcFromDecimal('crc64ecma', text)).toBeUndefined();
  });

  it('is computed for the parts only if the target or the source publishes it', () => {
    const own = { header: 'x', algorithm: 'crc64ecma' } as const;
    const [nvme, castagnoli] = ['000000000000000b', '0000000b'];
    expect(crcsBeside('none')).toEqual([]);
    expect(crcsBeside(own, {})).toEqual(['crc64ecma']);
    expect(crcsBeside(own, { crc64ecma: nvme })).toEqual(['crc64ecma']);
    expect(crcsBeside('none', { crc64nvme: nvme })).toEqual(['crc64nvme']);
    expect(crcsBeside(own, { crc64nvme: nvme, crc32c: castagnoli })).toEqual(['crc64ecma', 'crc32c']);
  });
});
