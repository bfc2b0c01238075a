import { describe, expect, it } from 'vitest';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { world } from './world.ts';

const PART = 1024;

describe('A transfer', () => {
  it('copies an object in parts, proves it and writes a receipt', async () => {
    const w = world();
    const content = putSource(w, 10 * PART + 7);
    const { status, name, arn } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.to.openUploads()).toEqual([]);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer).toMatchObject({
      state: 'copied',
      receipt: { bytes: content.length, parts: 11, bytesResent: 0, retries: 0, rounds: 2, uploads: 1 },
    });
    expect(transfer?.receipt?.proofs).toEqual([
      'size',
      'transfer id in the metadata',
      "each part's MD5",
      'ETag, computed from the parts',
    ]);
    expect(transfer?.receipt?.historyEvents).toBe(w.history(name).length);
    expect(w.announced).toMatchObject([{ type: 'Transfer Succeeded', detail: { transferId: transfer?.transferId } }]);
  });

  it('tries a batch again in its state, and parts that still fail in the next round', async () => {
    const w = world();
    const content = putSource(w, 40 * PART);
    let refusals = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        // Part 7 fails in all seven attempts of the state, and the other parts succeed meanwhile.
        if (part.partNumber === 7 && refusals++ < 9) throw new TransferError('Throttled', 'slow down');
        return store.writePart(part, body, signal);
      },
    });
    const { status, name } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    const states = w.stateNames(name);
    expect(states.filter((state) => state === 'Left to the next round')).toHaveLength(1);
    expect(states.filter((state) => state === 'Copy the parts')).toHaveLength(2);
  });

  it('fails with a name if trying again cannot help, keeps its parts, and finishes after a redrive', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    let isLocked = false;
    const sent: number[] = [];
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        isLocked ||= part.partNumber === 5 && sent.length >= 4 && !sent.includes(5);
        if (isLocked) throw new TransferError('Refused', 'InvalidAccessKeyId');
        sent.push(part.partNumber);
        return store.writePart(part, body, signal);
      },
    });
    const { status, error, cause, name, arn } = await w.run(requestFor({ partsAtOnce: 1, batchesAtOnce: 1 }));
    expect([status, error]).toEqual(['FAILED', 'Refused']);
    expect(cause).toContain('InvalidAccessKeyId');
    const failed = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { name: 'Refused', next: expect.stringContaining('resume') },
    });
    expect(w.announced).toMatchObject([{ type: 'Transfer Failed' }]);

    w.faults.target = (store) => ({
      ...store,
      writePart: (part, body, signal) => {
        sent.push(part.partNumber);
        return store.writePart(part, body, signal);
      },
    });
    w.machine.redrive(name);
    expect((await w.settled(name)).status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(sent.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('ends with SourceChanged if the source changes, removes its upload, and keeps the old object at the target', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const before = Buffer.from('what was there');
    w.to.put('data', 'y', before);
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber === 3) putSource(w, 8 * PART);
        return store.writePart(part, body, signal);
      },
    });
    const { status, error, name } = await w.run(requestFor({ partsAtOnce: 1 }));
    expect([status, error]).toEqual(['FAILED', 'SourceChanged']);
    expect(w.stateNames(name).slice(-2)).toEqual(['Abort', 'Aborted']);
    expect(w.to.openUploads()).toEqual([]);
    expect(w.to.get('data', 'y')).toEqual(before);
    expect(w.announced).toMatchObject([{ type: 'Transfer Aborted' }]);
  });

  it('begins another upload if the target loses one, and gives up after three', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    let losses = 0;
    const losing = (times: number) => {
      w.faults.target = (store) => ({
        ...store,
        writePart: async (part, body, signal) => {
          if (part.partNumber === 6 && losses++ < times) await store.abortUpload(part.target, part.uploadId);
          return store.writePart(part, body, signal);
        },
      });
    };
    losing(2);
    const found = await w.run(requestFor({ partsAtOnce: 1 }));
    expect(found.status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    losses = 0;
    losing(100);
    const lost = await w.run(requestFor({ partsAtOnce: 1, target: { endpoint: 'b', bucket: 'data', key: 'z' } }));
    expect([lost.status, lost.error]).toEqual(['FAILED', 'Stalled']);
    expect(lost.cause).toMatch(/lost the upload of \S+ 3 times/);
  });

  it('stalls when its patience ends, names the missing parts and the error, and continues after a redrive', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        w.advance(10_000);
        if (part.partNumber > 4) throw new TransferError('Unreachable', 'ECONNRESET');
        return store.writePart(part, body, signal);
      },
    });
    const { status, error, cause, name } = await w.run(requestFor({ patienceSeconds: 1800 }));
    expect([status, error]).toEqual(['FAILED', 'Stalled']);
    expect(cause).toMatch(/4 of 8 parts are missing \(5, 6, 7, 8\).*ECONNRESET/);
    expect(w.stateNames(name)).toContain('Wait');
    w.faults.target = (store) => store;
    w.machine.redrive(name);
    expect((await w.settled(name)).status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('stalls on time although it copies one part at a time: after patience has ended no batch tries', async () => {
    const w = world();
    putSource(w, 200 * PART);
    let attempts = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber <= 4) return store.writePart(part, body, signal);
        w.advance(10_000);
        attempts += 1;
        throw new TransferError('Unreachable', 'ECONNRESET');
      },
    });
    const { error, cause } = await w.run(requestFor({ patienceSeconds: 300, partsAtOnce: 1, batchesAtOnce: 1 }));
    expect([error, cause]).toEqual(['Stalled', expect.stringContaining('196 of 200 parts are missing')]);
    // Patience lasts for thirty attempts after the last copied part. Each of 50 batches alone would try seven times.
    expect(attempts).toBeLessThan(50);
  });

  it('shows the last failure while a batch still tries', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const { transfer } = await startTransfer(w.ports)({
      body: requestFor({ retry: { count: 1, intervalSeconds: 0 } }),
      idempotencyKey: 'k',
    });
    let seen: unknown;
    let failures = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber !== 2) return store.writePart(part, body, signal);
        if (failures++ === 0) throw new TransferError('Unreachable', 'ECONNREFUSED');
        const noted = async () => (await w.ports.checkpoints.read(transfer.transferId))?.noted;
        await expect.poll(noted).toBeDefined();
        seen ??= await noted();
        return store.writePart(part, body, signal);
      },
    });
    expect((await w.settled(`${transfer.transferId}-1`)).status).toBe('SUCCEEDED');
    expect(seen).toMatchObject({ name: 'Unreachable', message: 'ECONNREFUSED' });
  });

  it('sends those parts again that the target no longer lists', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    let isForgetful = true;
    w.faults.target = (store) => ({
      ...store,
      // The first list of all parts lacks parts 2 and 3, as if the store had lost them.
      listParts: async (target, uploadId) => {
        const parts = (await store.listParts(target, uploadId)) ?? [];
        if (!isForgetful || parts.length < 8) return parts;
        isForgetful = false;
        return parts.filter(({ partNumber }) => partNumber !== 2 && partNumber !== 3);
      },
    });
    const { status, arn } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer?.receipt).toMatchObject({ bytesResent: 2 * PART, rounds: 3 });
  });

  it('succeeds if Complete succeeded and its answer was lost', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (write, uploadId, parts) => {
        await store.completeUpload(write, uploadId, parts);
        throw new TransferError('Unreachable', 'ECONNRESET');
      },
    });
    const { status } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is aborted after a failure with onFailure "abort"', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
    });
    const { status, error, cause } = await w.run(requestFor({ onFailure: 'abort' }));
    expect([status, error]).toEqual(['FAILED', 'Cancelled']);
    expect(cause).toContain('Refused: PUT'.slice(0, 7));
    expect(w.to.openUploads()).toEqual([]);
  });

  it('leaves a fault in Partway to a person, and its message does not repeat a secret', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async () => new URL('no URL with a ?token=secret-token') as never,
    });
    const { status, error, cause = '' } = await w.run(requestFor());
    expect([status, error]).toEqual(['FAILED', 'InternalError']);
    expect(cause).toMatch(/A fault in Partway: TypeError at \S+writePart \(rounds\.test\.ts:\d+:\d+\)/);
    expect(cause).not.toContain('secret-token');
  });
});
