import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { withTrailer } from '../../functions/adapters/s3/trailer.ts';
import { type LentStream, lentStream } from '../../functions/engine/ports/pieces.ts';
import { chanceOf } from '../simulation/chance.ts';

/** CRC32 as the SDK hands it to the function. */
class Sum {
  #crc = 0;
  readonly digestLength = 4;
  update(piece: Uint8Array): void {
    this.#crc = crc32(piece, this.#crc);
  }
  async digest(): Promise<Uint8Array> {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#crc);
    return digest;
  }
  reset(): void {}
}

async function framed(
  pieces: readonly Buffer[],
  { sums, name = 'crc32' }: { readonly sums?: LentStream['sums']; readonly name?: string } = {},
): Promise<Buffer> {
  const body = lentStream(async (take) => {
    for (const piece of pieces) await take(piece);
  }, sums);
  const options = {
    base64Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
    bodyLengthChecker: () => undefined,
    checksumAlgorithmFn: Sum,
    checksumLocationName: `x-amz-checksum-${name}`,
    streamHasher: async () => new Uint8Array(),
  };
  return buffer(withTrailer(body, options));
}

/** The bytes, the length of each frame, and what comes after the last frame. */
function read(wire: Buffer) {
  const [bytes, lengths] = [[] as Buffer[], [] as number[]];
  for (let at = 0; ; ) {
    const end = wire.indexOf('\r\n', at);
    const length = Number.parseInt(wire.toString('latin1', at, end), 16);
    if (length === 0) return { bytes: Buffer.concat(bytes), lengths, rest: wire.toString('latin1', end + 2) };
    bytes.push(wire.subarray(end + 2, end + 2 + length));
    lengths.push(length);
    expect(wire.toString('latin1', end + 2 + length, end + 4 + length)).toBe('\r\n');
    at = end + 4 + length;
  }
}

describe('A body with a trailer', () => {
  it('has its bytes, its CRC32, and no frame that AWS would refuse, whatever its pieces are', async () => {
    const chance = chanceOf(11);
    for (let round = 0; round < 200; round += 1) {
      const pieces = Array.from({ length: chance.whole(0, 12) }, () =>
        Buffer.alloc(chance.magnitude(1, 40_000), chance.whole(0, 255)),
      );
      const whole = Buffer.concat(pieces);
      const { bytes, lengths, rest } = read(await framed(pieces));
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(crc32(whole));
      expect(bytes.equals(whole)).toBe(true);
      expect(rest).toBe(`x-amz-checksum-crc32:${digest.toString('base64')}\r\n\r\n`);
      expect(lengths.slice(0, -1).every((length) => length >= 8192)).toBe(true);
    }
  });

  it('has the checksum that was computed on the way, and computes only one that nobody has computed', async () => {
    const sums = () => ({ crc32: 0x01020304, crcs: { crc64nvme: '0102030405060708' } });
    const trailerOf = async (name: string) => read(await framed([Buffer.from('abc')], { sums, name })).rest;
    expect(await trailerOf('crc32')).toBe('x-amz-checksum-crc32:AQIDBA==\r\n\r\n');
    expect(await trailerOf('crc64nvme')).toBe('x-amz-checksum-crc64nvme:AQIDBAUGBwg=\r\n\r\n');
    expect(await trailerOf('crc32c')).toBe(`x-amz-checksum-crc32c:${'NSRBwg=='}\r\n\r\n`); // CRC32 of abc, from Sum
  });
});
