import { describe, expect, it } from 'vitest';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const DAY_MS = 24 * 3600 * 1000;
const refuse = (w: World) => {
  w.faults.target = (store) => ({
    ...store,
    writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
  });
};

describe('A pause', () => {
  it('keeps the parts, sends no more, and ends with a resume', async () => {
    const w = world();
    const content = putSource(w, 40 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor({ partsAtOnce: 1 }), idempotencyKey: 'k' });
    const sent: number[] = [];
    let paused: Promise<unknown> | undefined;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        const answer = await store.writePart(part, body, signal);
        sent.push(part.partNumber);
        if (sent.length === 5) paused = pauseTransfer(w.ports)(transfer.transferId);
        return answer;
      },
    });
    await w.settled(`${transfer.transferId}-1`);
    await paused;
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'paused', failure: undefined });
    expect(w.announced).toMatchObject([{ type: 'Transfer Paused' }]);
    expect(w.to.openUploads()).toHaveLength(1);

    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(await pauseTransfer(w.ports)(transfer.transferId).catch(({ name }) => name)).toBe('Ended');
  });

  it('is followed by an abort if the resume fails with onFailure "abort"', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { transfer } = await startTransfer(w.ports)({
      body: requestFor({ onFailure: 'abort' }),
      idempotencyKey: 'k',
    });
    w.faults.lambda = (step) => {
      if (step === 'copybatch') void pauseTransfer(w.ports)(transfer.transferId);
    };
    await w.settled(`${transfer.transferId}-1`);
    expect(w.to.openUploads()).toHaveLength(1);
    w.faults.lambda = () => {};
    w.faults.source = (store) => ({
      ...store,
      inspect: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
    });
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'FAILED', error: 'Cancelled' });
    expect(w.to.openUploads()).toEqual([]);
  });

  it('that comes before the execution begins stops it, and the transfer can then be cancelled', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.faults.lambda = (step) => {
      if (step === 'initiate') void pauseTransfer(w.ports)(transferIdOf('key', 'k'));
    };
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'paused' });
    w.faults.lambda = () => {};
    await requestAbort(w.ports)(transfer.transferId);
    await w.settled(`${transfer.transferId}-2`);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'aborted' });
    expect(w.to.openUploads()).toEqual([]);
  });
});

describe('A transfer that is being aborted', () => {
  /** A transfer in the middle, whose abort waits at the target until `release`. */
  async function aborting(w: World) {
    putSource(w, 4 * PART);
    const [isSending, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        isSending.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        return store.writePart(part, body, signal);
      },
      abortUpload: async (...upload) => mayEnd.promise.then(() => store.abortUpload(...upload)),
    });
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), requestId: 'one' });
    await isSending.promise;
    await requestAbort(w.ports)(transfer.transferId);
    return { id: transfer.transferId, release: mayEnd.resolve };
  }

  it('is not joined by the same request at once, which begins anew when the key is free', async () => {
    const w = world();
    const { id, release } = await aborting(w);
    const again = startTransfer(w.ports)({ body: requestFor(), requestId: 'two' });
    w.faults.target = (store) => store;
    release();
    const { transfer, isNew } = await again;
    expect([transfer.transferId === id, isNew]).toEqual([false, true]);
    expect(await w.settled(`${transfer.transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.ports.checkpoints.read(id)).toMatchObject({ state: 'aborted' });
    expect(w.to.openUploads()).toEqual([]);
  });

  it('keeps the key from the same request if the abort lasts, and cannot be paused or resumed', async () => {
    const w = world();
    const { id, release } = await aborting(w);
    const name = (error: TransferError) => `${error.name}: ${error.message}`;
    const refused = [
      startTransfer(w.ports)({ body: requestFor(), requestId: 'two' }).catch(name),
      resumeTransfer(w.ports)(id).catch(name),
      pauseTransfer(w.ports)(id).catch(name),
    ];
    const [started, resumed, paused] = await Promise.all(refused);
    expect(started).toMatch(/^TargetBusy: Transfer \w+ to b:data\/y is being aborted, and has the key/);
    expect([resumed, paused]).toEqual([
      expect.stringMatching(/^Ended: Transfer \w+ is being aborted .*, so it cannot be resumed\.$/),
      expect.stringMatching(/^Ended: Transfer \w+ is being aborted .*, so it cannot be paused\.$/),
    ]);
    w.faults.target = (store) => store;
    release();
    await w.settled(`${id}-2`);
    expect(await w.ports.checkpoints.read(id)).toMatchObject({ state: 'aborted' });
  });

  it('goes on being aborted if its own Idempotency-Key comes again', async () => {
    const w = world();
    putSource(w, 4 * PART);
    refuse(w);
    const start = { body: requestFor(), idempotencyKey: 'k' };
    const { transfer } = await startTransfer(w.ports)(start);
    await w.settled(`${transfer.transferId}-1`);
    await w.ports.checkpoints.change(transfer.transferId, (now) => ({ ...now, cancelRequested: true }));
    expect(await startTransfer(w.ports)(start)).toMatchObject({ isNew: false });
    await w.settled(`${transfer.transferId}-2`);
    expect(await startTransfer(w.ports)(start)).toMatchObject({ transfer: { state: 'aborted' }, isNew: false });
  });
});

describe('A source that changes, with onSourceChange "restart",', () => {
  const changing = (w: World, changesMax: number) => {
    let changes = 0;
    const contents: Buffer[] = [];
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber === 3 && changes++ < changesMax) contents.push(putSource(w, (8 + changes) * PART));
        return store.writePart(part, body, signal);
      },
    });
    return contents;
  };

  it('is copied from the beginning in its new generation, and no upload of the old one is left', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const contents = changing(w, 2);
    const { status, arn } = await w.run(requestFor({ onSourceChange: 'restart', partsAtOnce: 1 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(contents[1]);
    expect(w.to.openUploads()).toEqual([]);
    expect(await w.ports.checkpoints.read(transferIdOf('execution', arn))).toMatchObject({
      sourceRestarts: 2,
      receipt: { bytes: 10 * PART },
    });
  });

  it('again and again ends the transfer as SourceChanged after the third restart', async () => {
    const w = world();
    putSource(w, 8 * PART);
    changing(w, 100);
    expect(await w.run(requestFor({ onSourceChange: 'restart', partsAtOnce: 1 }))).toMatchObject({
      status: 'FAILED',
      error: 'SourceChanged',
    });
    expect(w.to.openUploads()).toEqual([]);
  });

  it('between a failure and the redrive is copied by the redrive in its new generation', async () => {
    const w = world();
    putSource(w, 8 * PART);
    refuse(w);
    const { name } = await w.run(requestFor({ onSourceChange: 'restart' }));
    const content = putSource(w, 9 * PART);
    w.faults.target = (store) => store;
    w.machine.redrive(name);
    expect(await w.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('The sweep', () => {
  const failed = async (w: World, key: string) => {
    refuse(w);
    const { arn } = await w.run(requestFor({ target: { endpoint: 'b', bucket: 'data', key } }));
    w.faults.target = (store) => store;
    return transferIdOf('execution', arn);
  };

  it('gives up a transfer that failed more than 15 days ago, and leaves one that failed later', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const old = await failed(w, 'old');
    w.advance(10 * DAY_MS);
    const recent = await failed(w, 'recent');
    w.advance(6 * DAY_MS);
    const rehearsal = await sweep(w.ports)({ dryRun: true });
    expect(rehearsal.givenUp).toEqual([{ transferId: old, target: 'b:data/old' }]);
    expect(w.to.openUploads()).toHaveLength(2);
    await sweep(w.ports)({});
    expect(await w.ports.checkpoints.read(old)).toMatchObject({ state: 'aborted', failure: { name: 'Cancelled' } });
    expect(await w.ports.checkpoints.read(recent)).toMatchObject({ state: 'failed' });
    expect(w.to.openUploads()).toHaveLength(1);
    expect(w.announced.at(-1)).toMatchObject({ type: 'Sweep Finished' });
    expect((await sweep(w.ports)({})).givenUp).toEqual([]);
  });

  it('reports uploads that belong to no transfer, and aborts them only if it is told to', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const known = await failed(w, 'known');
    const uploadId = await w.to.beginUpload({
      target: { endpoint: 'b', bucket: 'data', key: 'whose' },
      headers: {},
      metadata: {},
      storageClass: undefined,
      onlyIfAbsent: false,
    });
    expect((await sweep(w.ports)({})).orphans).toEqual([]);
    w.advance(8 * DAY_MS);
    expect((await sweep(w.ports)({})).orphans).toMatchObject([
      { endpoint: 'b', bucket: 'data', key: 'whose', uploadId, aborted: false },
    ]);
    expect((await sweep(w.ports)({ abortOrphans: true, dryRun: true })).orphans).toMatchObject([{ aborted: false }]);
    expect((await sweep(w.ports)({ abortOrphans: true })).orphans).toMatchObject([{ uploadId, aborted: true }]);
    expect(w.to.openUploads()).toEqual([(await w.ports.checkpoints.read(known))!.uploadId]);
  });

  it('says what it could not sweep, and sweeps the rest', async () => {
    const w = world();
    w.faults.target = (store) => ({ ...store, profile: { ...store.profile, listsUploads: false } });
    expect((await sweep(w.ports)({})).skipped).toMatchObject([
      { what: 'a:data/' },
      { what: 'b:data/', why: expect.stringContaining('cannot list') },
    ]);
  });
});

describe('A resume', () => {
  it('begins a new execution on the same checkpoint if the old one can no longer be redriven', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    const sent: number[] = [];
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber > 4) throw new TransferError('Refused', 'AccessDenied');
        return store.writePart(part, body, signal);
      },
    });
    const { transfer } = await startTransfer(w.ports)({
      body: requestFor({ partsAtOnce: 1, batchesAtOnce: 1 }),
      idempotencyKey: 'k',
    });
    await w.settled(`${transfer.transferId}-1`);
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        sent.push(part.partNumber);
        return store.writePart(part, body, signal);
      },
    });
    // Step Functions refuses a redrive after 14 days, or if the state machine has changed.
    const forgetful = { ...w.ports, executions: { ...w.ports.executions, redrive: async () => false } };
    await resumeTransfer(forgetful)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(sent.toSorted()).toEqual([5, 6, 7, 8]);
  });

  it('begins a new execution at once if the history is full', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    w.faults.history = (known) => ({ ...known, events: 24_990 });
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    expect(await w.settled(`${transfer.transferId}-1`)).toMatchObject({ status: 'FAILED', error: 'HistoryFull' });
    w.faults.history = (known) => known;
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});
