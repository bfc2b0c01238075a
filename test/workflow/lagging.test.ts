import { describe, expect, it } from 'vitest';
import { listTransfers } from '../../functions/engine/calls/describe-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { settleTransfer } from '../../functions/engine/ending/settle-transfer.ts';
import { planRound } from '../../functions/engine/plan/plan-round.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const refuse = (w: World) => {
  w.faults.target = (store) => ({
    ...store,
    writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
  });
};
const heal = (w: World) => {
  w.faults.target = (store) => store;
};
const lagging = (w: World) => {
  w.faults.describe = () => ({ status: 'RUNNING', redrivable: false });
};
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

async function failed(w: World): Promise<string> {
  putSource(w, 4 * PART);
  refuse(w);
  const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
  await w.settled(`${transfer.transferId}-1`);
  return transfer.transferId;
}

const headerOf = async (w: World, transferId: string) => (await w.ports.checkpoints.read(transferId))!;

describe('While DescribeExecution still says RUNNING for an execution that has ended, a transfer', () => {
  it('that failed can be resumed', async () => {
    const w = world();
    const transferId = await failed(w);
    heal(w);
    lagging(w);
    await resumeTransfer(w.ports)(transferId);
    await w.settled(`${transferId}-1`);
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'copied' });
  });

  it('that was stopped can be resumed in a new execution', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    w.faults.lambda = (step) => {
      if (step === 'copybatch') void w.machine.stop(`${transfer.transferId}-1`, { cause: 'by hand' });
    };
    await w.settled(`${transfer.transferId}-1`);
    w.faults.lambda = () => {};
    lagging(w);
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('whose abort failed can be cancelled again', async () => {
    const w = world();
    const transferId = await failed(w);
    w.faults.target = (store) => ({
      ...store,
      abortUpload: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
    });
    await requestAbort(w.ports)(transferId);
    await w.settled(`${transferId}-2`);
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'failed' });
    heal(w);
    lagging(w);
    await requestAbort(w.ports)(transferId);
    await w.settled(`${transferId}-3`);
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'aborted' });
  });
});

describe('While DescribeExecution does not know a new execution yet, a transfer', () => {
  it('gets no second execution, even if somebody resumes it', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.faults.describe = () => undefined;
    w.faults.lambda = (step) => {
      // The first execution has already claimed the transfer and is running.
      if (step === 'plan') asked ??= resumeTransfer(w.ports)(transfer.transferId);
    };
    let asked: Promise<unknown> | undefined;
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    expect(await w.settled(`${transfer.transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await asked).toMatchObject({ transferId: transfer.transferId });
    expect(w.machine.list().items).toHaveLength(1);
  });
});

describe('A redrive that the redrive count does not show', () => {
  it('begins patience anew, like any other redrive', async () => {
    const w = world();
    const transferId = await failed(w);
    const { execution, progressAtMs, noted } = await headerOf(w, transferId);
    expect(noted).toMatchObject({ name: 'Refused' });
    heal(w);
    lagging(w); // DescribeExecution says that it runs again.
    w.advance(5000);
    const asked = { transferId, execution: { arn: execution!.arn, redriveCount: 0 } };
    expect(await planRound(w.ports)(asked)).toMatchObject({ next: 'copy-parts' });
    const revived = await headerOf(w, transferId);
    expect(revived).toMatchObject({ state: 'copying', noted: undefined, failure: undefined });
    expect(revived.progressAtMs).toBeGreaterThan(progressAtMs);
  });

  it('is not confused with a Lambda that runs on after its execution has ended', async () => {
    const w = world();
    const transferId = await failed(w);
    const { execution } = await headerOf(w, transferId);
    const asked = { transferId, execution: { arn: execution!.arn, redriveCount: 0 } };
    await expect(planRound(w.ports)(asked)).rejects.toMatchObject({ name: 'Refused' });
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'failed' });
  });

  it('is not ended by an event about the end of the execution before it', async () => {
    const w = world();
    const transferId = await failed(w);
    const { execution, updatedAtMs } = await headerOf(w, transferId);
    heal(w);
    lagging(w);
    w.advance(5000);
    await planRound(w.ports)({ transferId, execution: { arn: execution!.arn, redriveCount: 0 } });
    const told = (stopDate: number) =>
      settleTransfer(w.ports)({
        detail: {
          executionArn: execution!.arn,
          status: 'FAILED',
          error: 'Refused',
          cause: '',
          redriveCount: 0,
          input: JSON.stringify({ transferId }),
          stopDate,
        },
      });
    await told(updatedAtMs);
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'copying' });
    await told(updatedAtMs + 60_000);
    expect(await headerOf(w, transferId)).toMatchObject({ state: 'failed' });
  });
});

describe('An arrival whose Initiate never ran', () => {
  const arrived = { bucket: { name: 'data' }, object: { key: 'x', sequencer: '0055' } };
  const into = {
    sourceEndpoint: 'a',
    endpoint: 'b',
    bucket: 'data',
    keyPrefix: 'in/',
    options: { partBytes: PART, multipartThresholdBytes: 0 },
  };
  const throttled = (w: World) => {
    w.faults.lambda = () => {
      throw Object.assign(new Error('Rate Exceeded.'), { name: 'Lambda.TooManyRequestsException' });
    };
  };

  it('is listed as failed and announced, and a resume copies it', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    throttled(w);
    const { arn } = await w.run({ arrived, into }, 'delivery');
    const { transfers } = await listTransfers(w.ports)({});
    expect(transfers).toMatchObject([{ state: 'failed', source: 'a:data/x', target: 'b:data/in/x', execution: arn }]);
    const [{ transferId } = { transferId: '' }] = transfers;
    expect(w.announced).toMatchObject([
      { type: 'Transfer Failed', detail: { transferId, failure: { name: 'Lambda.TooManyRequestsException' } } },
    ]);
    w.faults.lambda = () => {};
    await resumeTransfer(w.ports)(transferId);
    await w.settled(nameOf((await headerOf(w, transferId)).execution!.arn));
    expect(w.to.get('data', 'in/x')).toEqual(content);
    expect((await listTransfers(w.ports)({})).transfers).toMatchObject([{ state: 'copied' }]);
  });

  it('is also copied by the next delivery of its event', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    throttled(w);
    await w.run({ arrived, into });
    w.faults.lambda = () => {};
    expect(await w.run({ arrived, into })).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'in/x')).toEqual(content);
    expect((await listTransfers(w.ports)({})).transfers).toHaveLength(1);
  });

  it('is announced even if its rule has impossible options, listed as refused for them, and holds no key', async () => {
    const w = world();
    throttled(w);
    const { arn } = await w.run({ arrived, into: { ...into, options: { partBytes: -1 } } });
    expect(w.announced).toMatchObject([{ type: 'Transfer Failed', detail: { execution: arn } }]);
    const { transfers } = await listTransfers(w.ports)({});
    const failure = { name: 'InvalidRequest', message: expect.stringContaining('`partBytes`') };
    const places = { source: 'a:data/x', target: 'b:data/in/x' };
    expect(transfers).toMatchObject([{ state: 'aborted', refused: true, failure, execution: arn, ...places }]);
    expect(await w.ports.checkpoints.lockOwner({ endpoint: 'b', bucket: 'data', key: 'in/x' })).toBeUndefined();
  });
});
