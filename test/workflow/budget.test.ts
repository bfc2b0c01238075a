import { describe, expect, it } from 'vitest';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { planRound } from '../../functions/engine/plan/plan-round.ts';
import { inRounds } from '../../functions/transfer/budgets/cost.ts';
import { countingEventCounts } from './histories.ts';
import { putSource, requestFor } from './request.ts';
import { world } from './world.ts';

describe('Ten thousand parts', () => {
  it('are copied by the synthesized state machine within the event budget', async () => {
    const w = world();
    const content = putSource(w, 10_000 * 1024);
    const asked = countingEventCounts(w);
    const { status, name, arn } = await w.run(requestFor({ partsAtOnce: 16 }));
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 0]);
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    // There are 120 batches of 84 parts, with 7 events each. The other states take 40 events in two rounds.
    const events = w.history(name).length;
    const batches = w.invocations.filter((step) => step === 'copybatch').length;
    expect(batches).toBe(120);
    expect(events).toBe(40 + 7 * batches);
    // Step Functions bills this number of states, and the cost on the receipt comes from it.
    const entered = w.history(name).filter(({ type }) => type.endsWith('StateEntered')).length;
    expect(entered).toBe(inRounds.states + batches);
    expect((await w.ports.checkpoints.read(transferIdOf('execution', arn)))?.receipt).toMatchObject({
      parts: 10_000,
      bytesResent: 0,
      historyEvents: events,
    });
  });

  it('are copied and read back within the event budget', async () => {
    const w = world();
    putSource(w, 10_000 * 1024);
    const asked = countingEventCounts(w);
    const { status, name, arn } = await w.run(requestFor({ partsAtOnce: 16, verify: 'read-back' }));
    expect([status, asked.calls]).toEqual(['SUCCEEDED', 0]);
    const batches = w.invocations.filter((step) => step === 'copybatch' || step === 'readback').length;
    expect(batches).toBe(240);
    const events = w.history(name).length;
    // 29 more events are for Complete and its choice, a round, and the Plan and choices after it.
    expect(events).toBe(40 + 29 + 7 * batches);
    expect((await w.ports.checkpoints.read(transferIdOf('execution', arn)))?.receipt).toMatchObject({
      bytesReadBack: 10_000 * 1024,
      historyEvents: events,
    });
  });

  it('can continue in a new execution if the history is full while they are read back', async () => {
    const w = world();
    const content = putSource(w, 40 * 1024);
    const old = new Set<string>();
    w.faults.history = (known, arn) => (old.has(arn) ? { ...known, events: 24_990 } : known);
    w.faults.lambda = (step, payload) => {
      if (step === 'complete') old.add((payload as { execution: { arn: string } }).execution.arn);
    };
    const { error, arn } = await w.run(requestFor({ verify: 'read-back' }));
    expect(error).toBe('HistoryFull');
    w.faults.lambda = () => {};
    const transferId = transferIdOf('execution', arn);
    await resumeTransfer(w.ports)(transferId);
    expect(await w.settled(`${transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('give a Plan far below 256 KiB even in the worst case, in which every other part is missing', async () => {
    const w = world();
    putSource(w, 10_000 * 1024);
    w.faults.lambda = (step) => {
      if (step === 'copybatch') throw Object.assign(new Error('not now'), { name: 'Sandbox.Timedout' });
    };
    const request = requestFor({ patienceSeconds: 0 });
    const { arn, name } = await w.run(request);
    const transferId = transferIdOf('execution', arn);
    const transfer = await w.ports.checkpoints.read(transferId);
    for (let partNumber = 1; partNumber <= 10_000; partNumber += 2) {
      await w.ports.checkpoints.recordPart(transferId, transfer!.uploadId!, {
        partNumber,
        bytes: 1024,
        etag: 'e',
        crc32: 0,
        round: 1,
      });
    }
    w.faults.target = (store) => ({ ...store, profile: { ...store.profile, listsParts: false } });
    const output = await planRound(w.ports)({ transferId, execution: { arn, redriveCount: 1 } });
    expect(output.batches.reduce((sum, { firstPart, lastPart }) => sum + (lastPart - firstPart) / 2 + 1, 0)).toBe(5000);
    expect(JSON.stringify(output).length).toBeLessThan((256 * 1024) / 4);
    expect(w.history(name).length).toBeLessThan(25_000);
  });
});
