import { describe, expect, it } from 'vitest';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const PART = 1024;
const MINUTE_MS = 60_000;

/** Makes the target unreachable for `attempts` attempts, each of which takes `ms`. */
function targetAway(w: World, { attempts, ms = MINUTE_MS }: { attempts: number; ms?: number }, from: () => boolean) {
  let left = attempts;
  const orAway = <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    ((...args) => {
      if (!from() || left <= 0) return call(...args);
      left -= 1;
      w.advance(ms);
      throw new TransferError('Unreachable', 'connect ECONNREFUSED');
    }) as typeof call;
  w.faults.target = (store) => ({
    ...store,
    inspect: orAway(store.inspect),
    beginUpload: orAway(store.beginUpload),
    listParts: orAway(store.listParts),
    completeUpload: orAway(store.completeUpload),
  });
}

const times = (states: readonly string[], name: string) => states.filter((state) => state === name).length;

describe('A target that cannot be reached', () => {
  it('before the first part makes the transfer wait, which then begins by itself', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    targetAway(w, { attempts: 20 }, () => true);
    const { status, name } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(times(w.stateNames(name), 'Wait for the stores')).toBe(2);
  });

  it('after all parts were sent makes the transfer wait too, and no part is sent again', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    targetAway(w, { attempts: 20 }, () => w.invocations.includes('complete'));
    const { status, name, arn } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(times(w.stateNames(name), 'Wait')).toBeGreaterThan(0);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer?.receipt).toMatchObject({ uploads: 1, bytesResent: 0 });
  });

  it('makes the transfer wait as long as patience lasts, and as long again after a redrive', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    targetAway(w, { attempts: 1000 }, () => true);
    const ended = await w.run(requestFor({ patienceSeconds: 3600 }));
    expect([ended.status, ended.error]).toEqual(['FAILED', 'Unreachable']);
    const waits = times(w.stateNames(ended.name), 'Wait for the stores');
    expect(waits).toBeGreaterThan(1);
    w.machine.redrive(ended.name);
    await w.settled(ended.name);
    expect(times(w.stateNames(ended.name), 'Wait for the stores')).toBe(2 * waits);
    targetAway(w, { attempts: 0 }, () => false);
    w.machine.redrive(ended.name);
    expect((await w.settled(ended.name)).status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('fails the transfer at once if patience is 0, as does a refusal that only a person can repair', async () => {
    const w = world();
    putSource(w, 8 * PART);
    targetAway(w, { attempts: 1000 }, () => true);
    const away = await w.run(requestFor({ patienceSeconds: 0 }));
    expect([away.error, w.invocations.length]).toEqual(['Unreachable', 7]);
    w.faults.target = (store) => ({
      ...store,
      inspect: async () => {
        throw new TransferError('Refused', 'AccessDenied');
      },
    });
    const refused = await w.run(requestFor({ target: { endpoint: 'b', bucket: 'data', key: 'z' } }));
    expect([refused.error, w.invocations.length]).toEqual(['Refused', 8]);
  });

  it('gets the whole patience again after a round that copied parts', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const away = { attempts: 21, ms: 2 * MINUTE_MS }; // 42 minutes, twice
    targetAway(w, away, () => !w.invocations.includes('copybatch'));
    w.faults.lambda = (step) => {
      if (step === 'complete' && w.invocations.filter((each) => each === 'complete').length === 1)
        targetAway(w, away, () => true);
    };
    expect((await w.run(requestFor({ patienceSeconds: 3600 }))).status).toBe('SUCCEEDED');
  });

  it('makes the transfer wait too if it must first abort the upload of a source that changed', async () => {
    const w = world();
    putSource(w, 8 * PART);
    let left = 20;
    let content: Buffer | undefined;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (part.partNumber === 3) content ??= putSource(w, 9 * PART);
        return store.writePart(part, body, signal);
      },
      abortUpload: async (address, uploadId) => {
        if (left-- > 0) throw new TransferError('Unreachable', 'connect ECONNREFUSED');
        return store.abortUpload(address, uploadId);
      },
    });
    const { status } = await w.run(requestFor({ onSourceChange: 'restart', partsAtOnce: 1 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.to.openUploads()).toEqual([]);
  });

  it('for longer than patience lasts aborts the transfer with onFailure "abort"', async () => {
    const w = world();
    putSource(w, 8 * PART);
    targetAway(w, { attempts: 1000 }, () => w.invocations.includes('copybatch') && !w.invocations.includes('abort'));
    const { error, cause } = await w.run(requestFor({ patienceSeconds: 3600, onFailure: 'abort' }));
    expect(error).toBe('Cancelled');
    expect(cause).toContain('Unreachable');
    expect(w.to.openUploads()).toEqual([]);
  });

  it('makes the transfer wait only as long as its history has room', async () => {
    const w = world();
    putSource(w, 8 * PART);
    targetAway(w, { attempts: 1000 }, () => true);
    w.faults.history = (known) => ({ ...known, events: 24_990 });
    expect((await w.run(requestFor())).error).toBe('HistoryFull');
  });

  it('only for Complete, after the object is there, is tried only as long as the history has room', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...asked) => {
        await store.completeUpload(...asked);
        throw new TransferError('Throttled', '503 SlowDown');
      },
    });
    w.faults.lambda = (step) => {
      if (step !== 'complete' || times(w.invocations, 'complete') === 1) return;
      if (times(w.invocations, 'complete') > 100) throw new Error('It is tried for ever.');
      throw new TransferError('Throttled', '503 SlowDown');
    };
    w.faults.history = (known) => (times(w.invocations, 'complete') > 20 ? { ...known, events: 24_990 } : known);
    expect((await w.run(requestFor())).error).toBe('HistoryFull');
  });

  it('is shown as the reason while the transfer waits, and the wait can be paused', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    targetAway(w, { attempts: 8 }, () => true);
    const transferId = transferIdOf('key', 'k');
    const seen: unknown[] = [];
    w.faults.lambda = (step) => {
      if (step !== 'initiate' || w.invocations.length !== 8) return;
      void w.ports.checkpoints.read(transferId).then((transfer) => seen.push(transfer));
      void pauseTransfer(w.ports)(transferId);
    };
    await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transferId}-1`);
    expect(seen).toMatchObject([
      { state: 'accepted', noted: { name: 'Unreachable', message: 'connect ECONNREFUSED' } },
    ]);
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({ state: 'paused' });
    await resumeTransfer(w.ports)(transferId);
    expect((await w.settled(`${transferId}-2`)).status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is tried at once if the waiting transfer is paused and resumed', async () => {
    const w = world(tiny, 'data', { waitFactor: 1 });
    const content = putSource(w, 8 * PART);
    targetAway(w, { attempts: 7 }, () => true);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    const { transferId } = transfer;
    await expect.poll(() => w.stateNames(`${transferId}-1`)).toContain('Wait for the stores');
    await pauseTransfer(w.ports)(transferId);
    await w.settled(`${transferId}-1`);
    await resumeTransfer(w.ports)(transferId);
    await expect.poll(() => w.to.get('data', 'y')).toEqual(content);
    await expect
      .poll(() => w.ports.checkpoints.read(transferId))
      .toMatchObject({ state: 'copied', pauseRequested: false });
  });
});
