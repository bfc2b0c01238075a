import { describe, expect, it } from 'vitest';
import { describeTransfer } from '../../functions/engine/calls/describe-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { damage, watchTarget } from './reading.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const asked = (more: Partial<TransferRequestInput> = {}) => requestFor({ verify: 'read-back', ...more });
const oneByOne = { partsAtOnce: 1, batchesAtOnce: 1 };

const transferOf = (w: World, arn: string) => w.ports.checkpoints.read(transferIdOf('execution', arn));

describe('An object that is to be read back', () => {
  it('is read whole after Complete, and the receipt says so', async () => {
    const w = world();
    const content = putSource(w, 10 * PART + 7);
    const read = watchTarget(w);
    const { status, name, arn } = await w.run(asked());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(read.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const states = w.stateNames(name);
    expect(states.indexOf('Read the parts back')).toBeGreaterThan(states.indexOf('Complete'));
    expect(states.filter((state) => state === 'Complete')).toHaveLength(2);
    const transfer = await transferOf(w, arn);
    expect(transfer).toMatchObject({
      state: 'copied',
      receipt: { bytesReadBack: content.length, bytesResent: 0, rounds: 4, historyEvents: w.history(name).length },
    });
    expect(transfer?.receipt?.proofs).toContain('each part read back, CRC32');
    expect(states).not.toContain('Wait');
    expect(await w.ports.checkpoints.lockTarget({ endpoint: 'b', bucket: 'data', key: 'y' }, 'next')).toBe('next');
  });

  it('is not read back if the request does not ask for it', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const read = watchTarget(w);
    const { arn } = await w.run(requestFor());
    expect(read).toEqual([]);
    expect((await transferOf(w, arn))?.receipt?.proofs).not.toContain('each part read back, CRC32');
  });

  it.each([0, 1, PART])('may be written in one request of %d bytes', async (bytes) => {
    const w = world();
    putSource(w, bytes);
    const read = watchTarget(w);
    const { status, name, arn } = await w.run(asked({ multipartThresholdBytes: PART }));
    expect(status).toBe('SUCCEEDED');
    expect(read).toEqual([1]);
    expect(w.stateNames(name)).not.toContain('Copy the parts');
    expect((await transferOf(w, arn))?.receipt?.proofs).toContain('each part read back, CRC32');
  });

  it('shows the phase "reading back", with the parts and bytes that were read', async () => {
    const w = world();
    putSource(w, 8 * PART);
    watchTarget(w, (partNumber) => {
      if (partNumber === 5) throw new TransferError('Refused', 'no');
    });
    const { arn } = await w.run(asked(oneByOne));
    expect(await describeTransfer(w.ports)(transferIdOf('execution', arn))).toMatchObject({
      state: 'failed',
      progress: {
        phase: 'reading back',
        partsReadBack: 4,
        bytesReadBack: 4 * PART,
        partsCopied: 8,
        bytesCopied: 8 * PART,
        bytesTotal: 8 * PART,
        bytesSent: 8 * PART,
      },
    });
  });
});

describe('Damage of a stored object', () => {
  it('is reported after a second reading, with the part, its bytes and both CRC32s, and the object stays', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.lambda = (step) => {
      if (step === 'readback') void damage(w, 2 * PART + 5);
    };
    const read = watchTarget(w);
    const { status, error, cause, name, arn } = await w.run(asked({ batchesAtOnce: 1 }));
    expect([status, error]).toEqual(['FAILED', 'Damaged']);
    expect(cause).toMatch(
      /Part 3 of 8 \(bytes 2048–3071\) was read back with CRC32 [0-9a-f]{8}, but it was sent with CRC32 [0-9a-f]{8}\. Do not use the object at b:data\/y\./,
    );
    expect(read.filter((partNumber) => partNumber === 3)).toHaveLength(2);
    expect(w.stateNames(name).slice(-2)).toEqual(['Abort', 'Aborted']);
    expect(w.to.get('data', 'y')).toHaveLength(8 * PART);
    const transfer = await transferOf(w, arn);
    expect(transfer).toMatchObject({ state: 'aborted', receipt: undefined });
    expect(transfer?.failure?.message).toContain('was complete before, and stays');
    expect(await w.ports.checkpoints.lockTarget({ endpoint: 'b', bucket: 'data', key: 'y' }, 'next')).toBe('next');
  });

  it('is not reported if the second reading is right', async () => {
    const w = world();
    putSource(w, 8 * PART);
    let healthy: Buffer | undefined;
    const read = watchTarget(w, async (partNumber) => {
      if (partNumber !== 3) return;
      if (healthy) return void (await damage(w, 2 * PART + 5)); // repairs the same bit
      healthy = w.to.get('data', 'y');
      await damage(w, 2 * PART + 5);
    });
    expect(await w.run(asked(oneByOne))).toMatchObject({ status: 'SUCCEEDED' });
    expect(read.filter((partNumber) => partNumber === 3)).toHaveLength(2);
    expect(w.to.get('data', 'y')).toEqual(healthy);
  });
});

describe('An object that is already at the target', () => {
  const ifDifferent = { overwrite: 'if-different' } as const;

  it('and was found damaged is copied again, although its metadata names the same source', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.faults.lambda = (step) => {
      if (step === 'readback') void damage(w, 5);
    };
    expect(await w.run(asked(ifDifferent))).toMatchObject({ error: 'Damaged' });
    w.faults.lambda = () => {};
    expect(await w.run(requestFor(ifDifferent))).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is kept for a request with reading back only if it was read back', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const copies = async (more: Partial<TransferRequestInput>) =>
      w.stateNames((await w.run(requestFor({ ...ifDifferent, ...more }))).name).includes('Copy the parts');
    expect(await copies({})).toBe(true);
    expect(await copies({})).toBe(false);
    expect(await copies({ verify: 'read-back' })).toBe(true);
    expect(await copies({ verify: 'read-back' })).toBe(false);
  });
});

describe('A target object that changes after Complete', () => {
  it.each([
    ['while it is read', 5],
    ['when only its last part is left to read', 8],
  ])('%s is reported as TargetChanged, not as Damaged', async (_when, partNumber) => {
    const w = world();
    putSource(w, 8 * PART);
    const strangers = Buffer.alloc(8 * PART, 7);
    watchTarget(w, (at) => {
      if (at === partNumber) w.to.put('data', 'y', strangers);
    });
    const { error, cause, arn } = await w.run(asked(oneByOne));
    expect(error).toBe('TargetChanged');
    expect(cause).toMatch(/b:data\/y was completed.*another object is there \(8192 bytes/);
    expect(w.to.get('data', 'y')).toEqual(strangers);
    const transfer = await transferOf(w, arn);
    expect(transfer?.state).toBe('aborted');
    expect(transfer?.failure?.message).not.toContain('stays');
  });

  it('after all its parts were read is noticed too', async () => {
    const w = world();
    putSource(w, 4 * PART);
    let completes = 0;
    w.faults.lambda = (step) => {
      if (step === 'complete' && ++completes === 2) w.to.put('data', 'y', Buffer.alloc(4 * PART));
    };
    expect(await w.run(asked())).toMatchObject({ error: 'TargetChanged' });
  });

  it('because somebody removed it is noticed, and the message says that nothing is there', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.faults.lambda = (step) => {
      if (step !== 'readback') return;
      w.faults.source = (store) => ({
        ...store,
        read: async () => Promise.reject(new TransferError('SourceChanged', '404 NoSuchKey')),
      });
      w.faults.target = (store) => ({ ...store, inspect: async () => undefined });
    };
    const { error, cause } = await w.run(asked());
    expect(error).toBe('TargetChanged');
    expect(cause).toContain('nothing is there');
  });

  it('because a late Lambda wrote it again is read from its beginning', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const target = { endpoint: 'b', bucket: 'data', key: 'y' };
    let isWritten = false;
    const read = watchTarget(w, async (partNumber) => {
      if (partNumber !== 3 || isWritten) return;
      isWritten = true;
      const facts = await w.to.inspect(target);
      w.to.put('data', 'y', content, { ...facts!, etag: 'another-write' });
    });
    const { status, arn } = await w.run(asked(oneByOne));
    expect(status).toBe('SUCCEEDED');
    expect(read.slice(-4)).toEqual([1, 2, 3, 4]);
    expect((await transferOf(w, arn))?.receipt?.etag).toBe('another-write');
  });
});
