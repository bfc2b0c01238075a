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

/** A copy of a transfer that is over, as if it were under way in the hands of an execution. */
async function drivenBy(w: World, arn: string, more: Partial<Transfer>): Promise<Transfer> {
  putSource(w, 4 * PART);
  const body = requestFor({ onFailure: 'abort' });
  const { transfer } = await startTransfer(w.ports)({ body, idempotencyKey: 'k' });
  await w.settled(`${transfer.transferId}-1`);
  const execution = { arn, redriveCount: 0 };
  return w.ports.checkpoints.create({ ...transfer, transferId: 'other', execution, ...more });
}

describe('Two executions of one transfer', () => {
  it('that begin at the same moment cannot both drive it, and the loser takes nothing away', async () => {
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

  it('of which one has lost the transfer say Stopped, even where failures are to abort', async () => {
    const w = world();
    const { transferId } = await drivenBy(w, 'winner', { state: 'copying' });
    running(w);
    await expect(
      planRound(w.ports)({ transferId, execution: { arn: 'loser', redriveCount: 0 } }),
    ).rejects.toMatchObject({ name: 'Stopped' });
  });

  it('cannot have it aborted by the one that lost it in the middle of a step, where failures are to abort', async () => {
    const w = world();
    const { transferId } = await drivenBy(w, 'winner', { method: 'whole' });
    const step = abortingOnFailure(() => async () => Promise.reject(new TransferError('Refused', 'AccessDenied')));
    const asked = (arn: string) => step(w.ports)({ transferId, execution: { arn, redriveCount: 0 } });
    await expect(asked('loser')).rejects.toMatchObject({ name: 'Refused' });
    await expect(asked('winner')).rejects.toMatchObject({ name: 'Cancelled' });
  });
});

describe('A Lambda that runs on after its execution was stopped', () => {
  it('begins no upload for a transfer that was cancelled meanwhile', async () => {
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
    await new Promise((resolve) => setTimeout(resolve, 20)); // the zombie's last steps
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'aborted' });
    expect(w.to.openUploads()).toEqual([]);
  });
});

describe('A start whose execution ended before it could claim', () => {
  it('is marked as failed, and resumed under another name', async () => {
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

  it('and whose end nobody heard of is found by the sweep', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.ports.executions.start = async () => true; // accepted, and never seen again
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

describe('An event of an end', () => {
  it('that comes after a redrive has begun changes nothing', async () => {
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

  it('wait for the older version that is on its way, and arrive too', async () => {
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

  it('do not wait for a transfer that is over and died before it freed the key', async () => {
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

  it('do not replace a later version, when their events come in another order', async () => {
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
  it('is looked at again before anything is called damaged, or sent again', async () => {
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

describe('An upload that cannot be completed any more', () => {
  it('is not left open because the store throttled the first who aborted it', async () => {
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
