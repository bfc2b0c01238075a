import { describe, expect, it } from 'vitest';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { abortingOnFailure } from '../../functions/engine/ending/on-failure.ts';
import { settleTransfer } from '../../functions/engine/ending/settle-transfer.ts';
import { initiate } from '../../functions/engine/initiate/initiate.ts';
import { planRound } from '../../functions/engine/plan/plan-round.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const running = (w: World) => {
  w.ports.executions.describe = async () => ({ status: 'RUNNING', redrivable: false });
};

/** Creates a copy of a finished transfer that looks as if the execution `arn` were driving it. */
async function drivenBy(w: World, arn: string, more: Partial<Transfer>): Promise<Transfer> {
  putSource(w, 4 * PART);
  const body = requestFor({ onFailure: 'abort' });
  const { transfer } = await startTransfer(w.ports)({ body, idempotencyKey: 'k' });
  await w.settled(`${transfer.transferId}-1`);
  const execution = { arn, redriveCount: 0 };
  return w.ports.checkpoints.create({ ...transfer, transferId: 'other', execution, ...more });
}

describe('Two executions of one transfer', () => {
  it('that begin at the same moment cannot both drive it, and the loser does not abort the upload', async () => {
    const w = world();
    putSource(w, 4 * PART);
    running(w);
    const order = {
      arrived: { bucket: { name: 'data' }, object: { key: 'x', sequencer: '1' } },
      into: {
        sourceEndpoint: 'a',
        endpoint: 'b',
        bucket: 'data',
        keyPrefix: 'in/',
        options: { onFailure: 'abort', partBytes: PART, multipartThresholdBytes: 0 },
      },
    };
    const begin = (arn: string) => initiate(w.ports)({ input: order, execution: { arn, redriveCount: 0 } });
    const answers = await Promise.all([begin('one'), begin('two')]);
    expect(answers.map(({ next }) => next).toSorted()).toEqual(['nothing', 'plan']);
    expect(w.to.openUploads()).toHaveLength(1);
  });

  it('cannot both go on: the one that has lost the transfer ends as Stopped, even with onFailure "abort"', async () => {
    const w = world();
    const { transferId } = await drivenBy(w, 'winner', { state: 'copying' });
    running(w);
    await expect(
      planRound(w.ports)({ transferId, execution: { arn: 'loser', redriveCount: 0 } }),
    ).rejects.toMatchObject({ name: 'Stopped' });
  });

  it('do not both abort it: a failure of the one that lost it aborts nothing, even with onFailure "abort"', async () => {
    const w = world();
    const { transferId } = await drivenBy(w, 'winner', { method: 'whole' });
    const step = abortingOnFailure(() => async () => Promise.reject(new TransferError('Refused', 'AccessDenied')));
    const asked = (arn: string) => step(w.ports)({ transferId, execution: { arn, redriveCount: 0 } });
    await expect(asked('loser')).rejects.toMatchObject({ name: 'Refused' });
    await expect(asked('winner')).rejects.toMatchObject({ name: 'Cancelled' });
  });
});

describe('A Lambda that runs on after its execution was stopped', () => {
  it('leaves no upload of a transfer that was cancelled meanwhile', async () => {
    const w = world();
    putSource(w, 4 * PART);
    let cancelled: Promise<unknown> | undefined;
    w.faults.target = (store) => ({
      ...store,
      beginUpload: async (write) => {
        const transferId = transferIdOf('key', 'k');
        cancelled ??= requestAbort(w.ports)(transferId).then(() => w.settled(`${transferId}-2`));
        await cancelled;
        return store.beginUpload(write);
      },
    });
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    await cancelled;
    await new Promise((resolve) => setTimeout(resolve, 20)); // Meanwhile that Lambda takes its last steps.
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'aborted' });
    expect(w.to.openUploads()).toEqual([]);
  });

  it('begins no round of a transfer that was marked as failed meanwhile', async () => {
    const w = world();
    const { transferId, execution } = await drivenBy(w, 'stopped', { state: 'copying', method: 'whole' });
    const plan = { objectBytes: PART, partBytes: PART, partCount: 1 };
    await w.ports.checkpoints.change(transferId, (now) => ({ ...now, plan }));
    const { reports } = w.ports.checkpoints;
    const checkpoints: World['ports']['checkpoints'] = {
      ...w.ports.checkpoints,
      reports: async (...args) => {
        await w.ports.checkpoints.change(transferId, (now) => ({ ...now, state: 'failed' })); // as Settle does
        return reports(...args);
      },
    };
    const late = planRound({ ...w.ports, checkpoints })({ transferId, execution: execution!, input: {} });
    await expect(late).rejects.toMatchObject({ name: 'Incomplete', message: expect.stringContaining('failed') });
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({ state: 'failed', round: 0 });
  });
});

describe('A transfer whose first execution ended before it claimed the transfer', () => {
  it('is marked as failed, and can be resumed in a second execution', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.faults.lambda = (step) => {
      if (step === 'initiate') throw Object.assign(new Error('no permission'), { name: 'AccessDeniedException' });
    };
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({
      state: 'failed',
      failure: { name: 'AccessDeniedException' },
    });
    w.faults.lambda = () => {};
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is marked as failed by the sweep if no event announced that end', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.ports.executions.start = async () => true; // Step Functions accepts the execution, which then never appears.
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    expect((await sweep(w.ports)({})).settled).toEqual([]);
    w.advance(2 * 3600 * 1000);
    expect((await sweep(w.ports)({ dryRun: true })).settled).toEqual([]);
    expect((await sweep(w.ports)({})).settled).toEqual([transfer.transferId]);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({
      state: 'failed',
      failure: { name: 'Stopped' },
    });
  });
});

describe('An event about the end of an execution', () => {
  it('changes nothing if it comes after a redrive has begun', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
    });
    const { arn } = await w.run(requestFor());
    const transferId = transferIdOf('execution', arn);
    await w.ports.checkpoints.change(transferId, (now) => ({
      ...now,
      state: 'copying',
      execution: { arn, redriveCount: 1 },
    }));
    const detail = {
      executionArn: arn,
      status: 'FAILED' as const,
      input: JSON.stringify({ transferId }),
      error: 'Refused',
      cause: '',
      redriveCount: 0,
    };
    await settleTransfer(w.ports)({ detail });
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({ state: 'copying' });
  });
});

describe('Objects that arrive at one key', () => {
  const into = { sourceEndpoint: 'a', endpoint: 'b', bucket: 'data', keyPrefix: 'in/', options: {} };
  const arrival = (sequencer: string) => ({
    arrived: { bucket: { name: 'data' }, object: { key: 'x', sequencer } },
    into,
  });

  it('wait until the older version is copied, and are then copied too', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const target = { endpoint: 'b', bucket: 'data', key: 'in/x' };
    await w.ports.checkpoints.create(newTransfer('older', parseRequest(requestFor()), Date.now()));
    await w.ports.checkpoints.lockTarget(target, 'older');
    let tries = 0;
    w.faults.lambda = (step) => {
      if (step === 'initiate' && ++tries === 3) void w.ports.checkpoints.releaseTarget(target, 'older');
    };
    expect(await w.run(arrival('2'))).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'in/x')).toEqual(content);
    expect(tries).toBeGreaterThan(2);
  });

  it('do not wait for a transfer that has ended but died before it freed the key', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    await w.ports.checkpoints.create({
      ...newTransfer('over', parseRequest(requestFor()), Date.now()),
      state: 'copied',
    });
    await w.ports.checkpoints.lockTarget({ endpoint: 'b', bucket: 'data', key: 'in/x' }, 'over');
    const { status, name } = await w.run(arrival('2'));
    expect(status).toBe('SUCCEEDED');
    expect(w.history(name).filter(({ type }) => type === 'TaskFailed')).toEqual([]);
    expect(w.to.get('data', 'in/x')).toEqual(content);
  });

  it('do not replace a later version if their events come in the wrong order', async () => {
    const w = world();
    putSource(w, 10);
    await w.run(arrival('0055AED6DCD90281E5'));
    const later = w.to.get('data', 'in/x');
    putSource(w, 20);
    const { name } = await w.run(arrival('0055AED6DCD9'));
    expect(w.stateNames(name)).toContain('Nothing to do');
    expect(w.to.get('data', 'in/x')).toEqual(later);
  });
});

describe('A target that shows a write only after a while', () => {
  it('is inspected again before anything is called Damaged or sent again', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.to.put('data', 'y', Buffer.from('old'));
    let staleLooks = 0;
    const old = await w.to.inspect({ endpoint: 'b', bucket: 'data', key: 'y' });
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...words) => {
        await store.completeUpload(...words);
        staleLooks = 2;
      },
      inspect: async (target) => (staleLooks-- > 0 ? old : store.inspect(target)),
    });
    const { status, arn } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(await w.ports.checkpoints.read(transferIdOf('execution', arn))).toMatchObject({
      receipt: { uploads: 1, bytesResent: 0 },
    });
  });
});

describe('An upload that can no longer be completed', () => {
  it('is aborted later if the store throttled the first attempts to abort it', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    let [completes, aborts] = [0, 0];
    let first: string | undefined;
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...words) => {
        completes += 1;
        first ??= words[1];
        if (words[1] === first) throw new TransferError('UploadLost', '409 ConditionalRequestConflict.');
        await store.completeUpload(...words);
      },
      abortUpload: async (...words) => {
        aborts += 1;
        if (aborts <= 2) throw new TransferError('Throttled', '503 SlowDown.');
        await store.abortUpload(...words);
      },
    });
    expect(await w.run(requestFor())).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect([completes, aborts, w.to.openUploads()]).toEqual([4, 3, []]);
  });
});
