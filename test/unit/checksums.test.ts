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

/** As the product computes them: zlib's, and those of WebAssembly. */
function crcOfBytes(name: CrcName, chunks: readonly Uint8Array[]): string {
  if (name === 'crc32') return crc32Hex(chunks.reduce((crc, chunk) => crc32(chunk, crc), 0));
  const running = startCrc(name);
  for (const chunk of chunks) running.update(chunk);
  return running.hex();
}

/** As they are defined, bit by bit: slow, and nobody's table or library. */
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
  it('has the check value of the catalogue', () => {
    // https://reveng.sourceforge.io/crc-catalogue/all.htm
    const checks = {
      crc32: 'cbf43926',
      crc32c: 'e3069283',
      crc64ecma: '995dc9bbdf1939fa',
      crc64nvme: 'ae8b14860a799888',
    };
    expect(crcOfBytes(name, [Buffer.from('123456789')])).toBe(checks[name]);
  });

  it('is what its definition says, however the bytes come, and several at once', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (chunks) => {
        expect(crcOfBytes(name, chunks)).toBe(crcByDefinition(name, Buffer.concat(chunks)));
      }),
    );
  });

  it('of the whole is combined from its pieces, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        const combined = crcHex(name, combineCrcs(name, pieces.map(pieceOf(name))));
        expect(combined).toBe(crcOfBytes(name, [Buffer.concat(pieces)]));
      }),
    );
  });

  it('is combined over lengths of 5 GiB, in whatever order the pieces are put together', () => {
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
  it('keeps to its own bytes while another of its kind runs', () => {
    const [one, other] = [startCrc('crc64nvme'), startCrc('crc64nvme')];
    one.update(Buffer.from('1234'));
    other.update(Buffer.from('x'));
    one.update(Buffer.from('56789'));
    expect([one.hex(), other.hex()]).toEqual(['ae8b14860a799888', crcByDefinition('crc64nvme', Buffer.from('x'))]);
  });

  it('is that of AWS’s own SDK over megabytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 3 * MiB }, (_, index) => (index * 2_654_435_761) >>> 11));
    const theirs = new Crc64Nvme();
    theirs.update(bytes);
    expect(crcOfBytes('crc64nvme', [bytes])).toBe(Buffer.from(await theirs.digest()).toString('hex'));
  });
});

describe('combined CRC32', () => {
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
  it('is not known where that of a part is not', () => {
    const known = { bytes: 1, crc32: 7, crcs: { crc64nvme: '000000000000000b' } };
    expect(wholeCrc('crc64nvme', [known])).toBe('000000000000000b');
    expect(wholeCrc('crc64nvme', [known, { bytes: 1, crc32: 7 }])).toBeUndefined();
    expect(wholeCrc('crc32', [known, { bytes: 0 }])).toBeUndefined();
  });
});

describe('A published CRC', () => {
  it('is read as its bytes in base64, and nothing else', () => {
    expect(crc32FromBase64('y/Q5Jg==')).toBe(crc32('123456789'));
    expect(crc32FromBase64('AAAA')).toBeUndefined();
    expect(crcFromBase64('crc64nvme', 'rosUhgp5mIg=')).toBe('ae8b14860a799888');
    expect(crcFromBase64('crc64nvme', 'rosUhgp5mIg=-4')).toBeUndefined(); // of the parts' checksums
  });

  it('is read as a decimal number of 64 bits, and nothing else', () => {
    expect(crcFromDecimal('crc64ecma', '11051210869376104954')).toBe('995dc9bbdf1939fa');
    expect(crcFromDecimal('crc64ecma', '0')).toBe('0000000000000000');
    for (const text of ['', '-1', '0x10', '1.5', '18446744073709551616', '99999999999999999999'])
      expect(crcFromDecimal('crc64ecma', text)).toBeUndefined();
  });

  it('is made of every part where target or source publishes it, and nowhere else', () => {
    const own = { header: 'x', algorithm: 'crc64ecma' } as const;
    const [nvme, castagnoli] = ['000000000000000b', '0000000b'];
    expect(crcsBeside('none')).toEqual([]);
    expect(crcsBeside(own, {})).toEqual(['crc64ecma']);
    expect(crcsBeside(own, { crc64ecma: nvme })).toEqual(['crc64ecma']);
    expect(crcsBeside('none', { crc64nvme: nvme })).toEqual(['crc64nvme']);
    expect(crcsBeside(own, { crc64nvme: nvme, crc32c: castagnoli })).toEqual(['crc64ecma', 'crc32c']);
  });
});
