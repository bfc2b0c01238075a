import { describe, expect, it } from 'vitest';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { planRound } from '../../functions/engine/plan/plan-round.ts';
import { HISTORY_EVENTS_MAX } from '../../functions/transfer/budgets/history.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { countingEventCounts } from './histories.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;

/** Makes the first Plan hand on a count in which most events are only assumed. */
function unsure(w: World, events: number): void {
  let isSaid = false;
  w.faults.history = (known) => {
    if (isSaid) return known;
    isSaid = true;
    return { ...known, events, assumed: events - known.events };
  };
}

const receiptOf = async (w: World, arn: string) =>
  (await w.ports.checkpoints.read(transferIdOf('execution', arn)))?.receipt;

describe('The length of a history', () => {
  it.each([
    ['as one request', PART, { multipartThresholdBytes: PART }],
    ['in parts', 40 * PART, {}],
    ['in parts that are read back', 40 * PART, { verify: 'read-back' as const }],
  ])('is exact on the receipt of a successful transfer %s, without asking for it', async (_, bytes, more) => {
    const w = world();
    const asked = countingEventCounts(w);
    putSource(w, bytes);
    const { status, name, arn } = await w.run(requestFor(more));
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 0]);
    expect((await receiptOf(w, arn))?.historyEvents).toBe(w.history(name).length);
  });

  it('is exact without asking for it even if batches fail and are tried again', async () => {
    const w = world();
    const asked = countingEventCounts(w);
    putSource(w, 40 * PART);
    let failures = 0;
    w.faults.lambda = (step) => {
      if (step !== 'copywhole' && failures++ % 3 === 0) throw new TransferError('Throttled', '503 SlowDown');
    };
    const { status, name, arn } = await w.run(requestFor());
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 0]);
    expect((await receiptOf(w, arn))?.historyEvents).toBe(w.history(name).length);
  });

  it('is missing on the receipt if nobody saw a retry', async () => {
    const w = world();
    const asked = countingEventCounts(w);
    putSource(w, 8 * PART);
    let refusals = 7;
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...given) => {
        if (refusals-- > 0) throw new TransferError('Throttled', '503 SlowDown');
        return store.completeUpload(...given);
      },
    });
    const { status, arn } = await w.run(requestFor());
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 0]);
    expect(await receiptOf(w, arn)).toMatchObject({ historyEvents: undefined });
  });

  it('is asked for once if the assumed count leaves no room, and is then known exactly', async () => {
    const w = world();
    const asked = countingEventCounts(w);
    const content = putSource(w, 40 * PART);
    unsure(w, 24_990);
    const { status, name, arn } = await w.run(requestFor({ verify: 'read-back' }));
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 1]);
    expect(w.to.get('data', 'y')).toEqual(content);
    expect((await receiptOf(w, arn))?.historyEvents).toBe(w.history(name).length);
  });

  it('fails no transfer if nobody answers: each round copies what surely has room', async () => {
    const w = world();
    const asked = countingEventCounts(w, () => false);
    const content = putSource(w, 40 * PART);
    unsure(w, 21_700);
    const { status, name } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(asked.calls).toBeGreaterThan(0);
    expect(w.to.get('data', 'y')).toEqual(content);
    // Otherwise all ten batches would fit into one round.
    expect(w.stateNames(name).filter((state) => state === 'Copy the parts').length).toBeGreaterThan(1);
  });

  it('fails no transfer if nobody answers for a while: the transfer waits and asks again', async () => {
    const w = world();
    const asked = countingEventCounts(w, (call) => call > 5);
    const content = putSource(w, 40 * PART);
    unsure(w, 23_000);
    const { status, name } = await w.run(requestFor());
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 6]);
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.stateNames(name).filter((state) => state === 'Wait')).toHaveLength(5);
  });

  it('ends the execution early if nobody ever answers, and a new execution continues', async () => {
    const w = world();
    countingEventCounts(w, () => false);
    const content = putSource(w, 40 * PART);
    unsure(w, 23_000);
    const { error, cause, arn } = await w.run(requestFor());
    expect([error, cause]).toEqual(['HistoryFull', expect.stringContaining('Step Functions did not say')]);
    const transferId = transferIdOf('execution', arn);
    await resumeTransfer(w.ports)(transferId);
    expect(await w.settled(`${transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is asked for by an execution of a version that did not count it, which waits until the answer comes', async () => {
    const w = world();
    const asked = countingEventCounts(w, (call) => call !== 2);
    putSource(w, 8 * PART);
    w.faults.lambda = (step) => {
      if (step === 'plan') throw Object.assign(new Error('stop here'), { name: 'AccessDeniedException' });
    };
    const { arn } = await w.run(requestFor());
    // The states of that version did not hand their input to their functions.
    const older = { transferId: transferIdOf('execution', arn), execution: { arn, redriveCount: 1 }, retryCount: 0 };
    expect(await planRound(w.ports)(older)).toMatchObject({ next: 'copy-parts', history: { assumed: 0 } });
    expect(await planRound(w.ports)(older)).toMatchObject({ next: 'wait', batches: [], history: undefined });
    expect(asked.calls).toBe(2);
  });

  it('grows by the most that a redrive may cost, and is still not asked for', async () => {
    const w = world();
    const asked = countingEventCounts(w);
    const content = putSource(w, 8 * PART);
    let refusals = 3;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (...given) => {
        if (given[0].partNumber === 5 && refusals-- > 0) throw new TransferError('Refused', 'AccessDenied');
        return store.writePart(...given);
      },
    });
    const { name } = await w.run(requestFor({ partsAtOnce: 1, batchesAtOnce: 1 }));
    for (let redrive = 1; redrive <= 3; redrive += 1) {
      w.machine.redrive(name);
      await w.settled(name);
    }
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(asked.calls).toBe(0);
    expect(w.history(name).length).toBeLessThan(HISTORY_EVENTS_MAX);
  });
});
