import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { copyBatch } from '../../functions/engine/batch/copy-batch.ts';
import { readBack } from '../../functions/engine/batch/read-back.ts';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { completeTransfer } from '../../functions/engine/complete/complete-transfer.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { watchTarget } from './reading.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const DAY_MS = 24 * 3600 * 1000;
const target = { endpoint: 'b', bucket: 'data', key: 'y' };
const asked = (more: Partial<TransferRequestInput> = {}) =>
  requestFor({ verify: 'read-back', partsAtOnce: 1, batchesAtOnce: 1, ...more });
const transferOf = (w: World, arn: string) => w.ports.checkpoints.read(transferIdOf('execution', arn));

/** Records every call about uploads to the target. */
function watchUploads(w: World): string[] {
  const calls: string[] = [];
  const heard =
    <A extends unknown[], R>(name: string, call: (...words: A) => R) =>
    (...words: A): R => {
      calls.push(name);
      return call(...words);
    };
  w.faults.target = (store) => ({
    ...store,
    beginUpload: heard('begin', store.beginUpload),
    writePart: heard('write', store.writePart),
    listParts: heard('list', store.listParts),
    completeUpload: heard('complete', store.completeUpload),
    abortUpload: heard('abort', store.abortUpload),
  });
  return calls;
}

/** Runs a transfer that fails in the middle of reading back, as if a policy forbids to read. `repair` removes the fault. */
async function failedHalfWay(w: World, more: Partial<TransferRequestInput> = {}) {
  let isRepaired = false;
  const read = watchTarget(w, (partNumber) => {
    if (partNumber === 5 && !isRepaired) throw new TransferError('Refused', 'AccessDenied: s3:GetObject');
  });
  const calls = watchUploads(w);
  const outcome = await w.run(asked(more));
  const repair = () => {
    isRepaired = true;
    calls.length = 0;
  };
  return { ...outcome, read, calls, repair };
}

describe('Reading back that was interrupted', () => {
  it('continues after a redrive: no part is read twice, and nobody asks for the upload, which no longer exists', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { error, name, arn, read, calls, repair } = await failedHalfWay(w);
    expect(error).toBe('Refused');
    expect(read).toEqual([1, 2, 3, 4]);
    repair();
    w.machine.redrive(name);
    expect(await w.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(calls).toEqual([]);
    expect((await transferOf(w, arn))?.receipt).toMatchObject({ bytesReadBack: 8 * PART, uploads: 1 });
  });

  it('continues in a new execution, even if the source has changed meanwhile', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { arn, read, calls, repair } = await failedHalfWay(w);
    repair();
    putSource(w, 3 * PART); // another generation, of another size
    w.ports.executions.redrive = async () => false; // older than 14 days
    const transferId = transferIdOf('execution', arn);
    await resumeTransfer(w.ports)(transferId);
    expect(await w.settled(`${transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(calls).toEqual([]);
  });

  it('reads only those parts again that it could not reach', async () => {
    const w = world();
    putSource(w, 12 * PART);
    let failures = 0;
    const read = watchTarget(w, (partNumber) => {
      if (partNumber % 4 === 3 && failures++ < 9) throw new TransferError('Unreachable', 'ECONNRESET');
    });
    expect(await w.run(asked())).toMatchObject({ status: 'SUCCEEDED' });
    expect(failures).toBeGreaterThan(9);
    expect(read.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('waits until patience ends, and then stalls with the parts that are not read', async () => {
    const w = world();
    putSource(w, 8 * PART);
    watchTarget(w, (partNumber) => {
      w.advance(10_000);
      if (partNumber > 4) throw new TransferError('Unreachable', 'ECONNRESET');
    });
    const { error, cause, name } = await w.run(asked({ patienceSeconds: 1800 }));
    expect(error).toBe('Stalled');
    expect(cause).toMatch(
      /No part was read back for 1800 s; 4 of 8 parts are not read back \(5, 6, 7, 8\).*ECONNRESET/,
    );
    expect(w.stateNames(name)).toContain('Wait');
  });

  it('keeps the target key: another request for that key is refused, and the same request continues it', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { repair, arn, read } = await failedHalfWay(w);
    repair();
    await expect(
      startTransfer(w.ports)({ body: requestFor({ partBytes: 2 * PART }), idempotencyKey: 'other' }),
    ).rejects.toMatchObject({ name: 'TargetBusy' });
    const { isNew, transfer } = await startTransfer(w.ports)({ body: asked(), idempotencyKey: 'same' });
    expect([isNew, transfer.transferId]).toEqual([false, transferIdOf('execution', arn)]);
    await w.settled(arn.split(':').at(-1)!);
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('A person who stops reading back', () => {
  it('with a pause can resume it, and the parts that were read are not read again', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: asked(), idempotencyKey: 'k' });
    let paused: Promise<unknown> | undefined;
    const read = watchTarget(w, (partNumber) => {
      if (partNumber === 5) paused ??= pauseTransfer(w.ports)(transfer.transferId);
      return paused;
    });
    await w.settled(`${transfer.transferId}-1`);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'paused', failure: undefined });
    const readBefore = read.length;
    expect(readBefore).toBeLessThan(8);
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(new Set(read).size).toBe(8);
    expect(read.length).toBeLessThanOrEqual(9); // At most the part in flight was read again.
  });

  it('with a cancel is told that the object was complete and stays', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    const { arn, calls } = await failedHalfWay(w);
    const transferId = transferIdOf('execution', arn);
    calls.length = 0;
    await requestAbort(w.ports)(transferId);
    await w.settled(`${transferId}-2`);
    const transfer = await w.ports.checkpoints.read(transferId);
    expect(transfer).toMatchObject({ state: 'aborted', failure: { name: 'Cancelled' } });
    expect(transfer?.failure?.message).toContain('was complete before, and stays');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls).toEqual([]);
    expect(await w.ports.checkpoints.lockTarget(target, 'next')).toBe('next');
  });

  it('and never comes back leaves the object: the sweep gives the transfer up and says that the object stays', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    const { arn, calls } = await failedHalfWay(w);
    calls.length = 0;
    w.advance(16 * DAY_MS);
    await sweep(w.ports)({});
    expect(await transferOf(w, arn)).toMatchObject({
      state: 'aborted',
      failure: { message: expect.stringContaining('was complete before, and stays') },
    });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls).not.toContain('abort');
  });
});

describe('A call of a function that comes late or twice', () => {
  it('copies nothing after the object was completed, and reads nothing for an older round', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { arn, calls, read, repair } = await failedHalfWay(w);
    repair();
    read.length = 0;
    const transfer = (await transferOf(w, arn))!;
    const batch = { firstPart: 1, lastPart: 8 };
    const { transferId, round } = transfer;
    await w.ports.checkpoints.forgetParts(transferId, transfer.uploadId!, [2]);
    await copyBatch(w.ports)({ transferId, round, batch });
    expect(calls).toEqual([]);
    await readBack(w.ports)({ transferId, round: round - 1, batch });
    expect(read).toEqual([]);
    // The part without a row is compared with the source, and gets its row again.
    await readBack(w.ports)({ transferId, round, batch });
    expect(read).toEqual([2, 5, 6, 7, 8]);
    await readBack(w.ports)({ transferId, round, batch });
    expect(read).toHaveLength(5);
  });

  it('does no harm if it completes the object again: Complete hands over to Plan both times', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { arn, calls, repair } = await failedHalfWay(w);
    repair();
    const transferId = transferIdOf('execution', arn);
    const execution = { arn, redriveCount: 0 };
    for (let times = 0; times < 2; times += 1)
      expect(await completeTransfer(w.ports)({ transferId, execution })).toMatchObject({ transferId, next: 'plan' });
    expect(calls).toEqual([]);
  });

  it('reads the object back even if the answer to Complete was lost', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...words) => {
        await store.completeUpload(...words);
        throw new TransferError('Unreachable', 'ECONNRESET');
      },
    });
    const read = watchTarget(w);
    expect(await w.run(asked())).toMatchObject({ status: 'SUCCEEDED' });
    expect(read).toHaveLength(8);
  });
});

describe('Parts that another program sent', () => {
  const adopted = async (w: World, content: Buffer) => {
    const uploadId = await w.to.beginUpload({
      target,
      headers: {},
      metadata: {},
      storageClass: undefined,
      onlyIfAbsent: false,
    });
    for (const partNumber of [1, 2]) {
      const bytes = content.subarray((partNumber - 1) * PART, partNumber * PART);
      const body = Readable.from([bytes], { objectMode: false });
      await w.to.writePart({ target, uploadId, partNumber, bytes: PART }, body, new AbortController().signal);
    }
    return { uploadId, partBytes: PART };
  };

  it('are compared with the source, and the receipt then has the CRC32 of the whole', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { status, arn } = await w.run(asked({ resumeFrom: await adopted(w, content) }));
    expect(status).toBe('SUCCEEDED');
    const { receipt } = (await transferOf(w, arn))!;
    expect(receipt?.crc32).toMatch(/^[0-9a-f]{8}$/);
    expect(receipt?.proofs).toEqual(
      expect.arrayContaining([
        'each part read back, CRC32',
        '2 parts that Partway did not send: by reading source and target',
      ]),
    );
  });

  it('are called Damaged if they differ from the source', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const wrong = Buffer.from(content);
    wrong[PART + 1]! ^= 1;
    const resumeFrom = await adopted(w, wrong);
    const { error, cause } = await w.run(asked({ resumeFrom }));
    expect(error).toBe('Damaged');
    expect(cause).toMatch(/Part 2 of 4 \(bytes 1024–2047\) was read back with CRC32 .*, but the source has/);
    expect(w.to.get('data', 'y')).toEqual(wrong);
  });
});
