import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startCrc } from '../../functions/engine/batch/running-crc.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { uploadOf } from '../../functions/transfer/transfer.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const PART = 1024;

/** Source and target publish the CRC-64/NVME of a whole object, as two buckets of AWS do. `damage` is done to a part. */
function bothPublish(damage: (part: number, bytes: Buffer) => Buffer = (_, bytes) => bytes): World {
  const w = world({ ...tiny, ownChecksum: profiles.aws.ownChecksum });
  w.faults.target = (store) => ({
    ...store,
    inspect: async (target) => {
      const facts = await store.inspect(target);
      const bytes = w.to.get(target.bucket, target.key);
      return facts && bytes && { ...facts, crcs: { crc64nvme: crcOf(bytes) } };
    },
    writePart: async (part, body, signal) =>
      store.writePart(
        part,
        Readable.from([damage(part.partNumber, await buffer(body))], { objectMode: false }),
        signal,
      ),
  });
  return w;
}

function crcOf(bytes: Buffer): string {
  const crc = startCrc('crc64nvme');
  crc.update(bytes);
  return crc.hex();
}

function publishSource(w: World, crc64nvme?: string): Buffer {
  const content = putSource(w, 4 * PART);
  w.from.put('data', 'x', content, { crcs: { crc64nvme: crc64nvme ?? crcOf(content) } });
  return content;
}

const flipped = (number: number) => (part: number, bytes: Buffer) => {
  if (part === number) bytes[3] = (bytes[3] ?? 0) ^ 1;
  return bytes;
};

describe('A copy between two stores that publish the same CRC', () => {
  it('is proven by that alone, and nothing but CRC32 is computed', async () => {
    const w = bothPublish();
    const content = publishSource(w);
    const { status, arn } = await w.run(requestFor());
    expect([status, w.to.get('data', 'y')?.equals(content)]).toEqual(['SUCCEEDED', true]);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer?.receipt).toMatchObject({
      proofs: expect.arrayContaining(["target's CRC-64/NVME", "source's CRC-64/NVME"]),
      unproven: [],
      bytesReadBack: 0,
    });
    const parts = await w.ports.checkpoints.parts(transfer!.transferId, uploadOf(transfer!), 1, 4);
    expect(parts.map(({ crc32, crcs }) => [typeof crc32, crcs])).toEqual(Array(4).fill(['number', undefined]));
  });

  it('finds the damaged part by reading back, and names it', async () => {
    const w = bothPublish(flipped(3));
    publishSource(w);
    const { error, cause } = await w.run(requestFor());
    expect([error, cause]).toEqual(['Damaged', expect.stringMatching(/Part 3 of 4 .* was read back with CRC32/)]);
  });

  it('is damaged even if the target lets nobody read it', async () => {
    const w = bothPublish(flipped(3));
    publishSource(w);
    w.ports.written = async () => ({
      inspect: async () => undefined,
      read: async () => {
        throw new TransferError('Refused', 'GET b:data/y: 403 AccessDenied.');
      },
    });
    const { error, cause } = await w.run(requestFor());
    expect([error, cause]).toEqual(['Damaged', expect.stringContaining('the whole has another checksum')]);
  });

  it('is damaged as a whole if every part is as it was sent, but the source publishes another CRC', async () => {
    const w = bothPublish();
    publishSource(w, '0000000000000001');
    const { error, cause } = await w.run(requestFor());
    expect([error, cause]).toEqual(['Damaged', expect.stringContaining('CRC-64/NVME is')]);
  });
});
