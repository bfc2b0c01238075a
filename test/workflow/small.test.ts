import { describe, expect, it } from 'vitest';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const BYTES = 64 * KiB;
const wholly = requestFor({ multipartThresholdBytes: 64 * MiB });
const inInitiate = ['Initiate', 'Anything to do?', 'Complete', 'Read it back?', 'Copied'];
const receiptOf = async ({ ports }: World, arn: string) =>
  (await ports.checkpoints.read(transferIdOf('execution', arn)))?.receipt;

/** Runs `act` when the target is asked to write the object, the first time only. */
function atFirstWrite(w: World, act: (write: () => Promise<unknown>) => Promise<unknown>) {
  let writes = 0;
  w.faults.target = (store) => ({
    ...store,
    putObject: async (...args) => {
      writes += 1;
      const write = () => store.putObject(...args);
      return (writes === 1 ? act(write) : write()) as ReturnType<typeof write>;
    },
  });
  return { writes: () => writes };
}

describe('A small object', () => {
  it.each([0, 1, BYTES, 8 * MiB])('of %d bytes needs five states and at most 25 events', async (bytes) => {
    const w = world();
    const content = putSource(w, bytes);
    const { status, name, arn } = await w.run(wholly);
    expect([status, w.stateNames(name)]).toEqual(['SUCCEEDED', inInitiate]);
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    const events = w.history(name).length;
    expect(events).toBeLessThanOrEqual(25);
    expect(await receiptOf(w, arn)).toMatchObject({ bytes, parts: 1, rounds: 0, historyEvents: events });
  });

  it('of more than 8 MiB is copied by a Lambda of its own', async () => {
    const w = world();
    const content = putSource(w, 8 * MiB + 1);
    const { status, name } = await w.run(wholly);
    expect([status, w.stateNames(name).includes('Copy whole')]).toEqual(['SUCCEEDED', true]);
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
  });

  it('is copied in a round if the target cannot take it at once', async () => {
    const w = world();
    const content = putSource(w, BYTES);
    let refusals = 0;
    w.faults.target = (store) => ({
      ...store,
      putObject: async (...args) => {
        if (refusals++ < 20 && w.invocations.at(-1) === 'initiate') throw new TransferError('Throttled', 'slow down');
        return store.putObject(...args);
      },
    });
    const { status, name } = await w.run(wholly);
    expect([status, w.stateNames(name).filter((state) => state === 'Copy whole')]).toEqual([
      'SUCCEEDED',
      ['Copy whole'],
    ]);
    expect(w.invocations.filter((step) => step === 'initiate')).toHaveLength(1);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is left to a round after a Lambda of Initiate has died', async () => {
    const w = world();
    const content = putSource(w, BYTES);
    w.faults.lambda = (step) => {
      const isFirst = w.invocations.filter((each) => each === 'initiate').length === 1;
      if (step === 'initiate' && isFirst) throw Object.assign(new Error('killed'), { name: 'Lambda.Unknown' });
    };
    const { status, name } = await w.run(wholly);
    expect([status, w.stateNames(name).includes('Copy whole')]).toEqual(['SUCCEEDED', true]);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('that the target refuses ends under the name of that error, and a redrive copies it', async () => {
    const w = world();
    const content = putSource(w, BYTES);
    let isRefused = true;
    w.faults.target = (store) => ({
      ...store,
      putObject: async (...args) => {
        if (isRefused) throw new TransferError('Refused', 'no right to write');
        return store.putObject(...args);
      },
    });
    const { status, error, name } = await w.run(wholly);
    expect([status, error]).toEqual(['FAILED', 'Refused']);
    isRefused = false;
    w.machine.redrive(name);
    expect(await w.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is not sent again if Complete fails afterwards', async () => {
    const w = world();
    putSource(w, BYTES);
    const { writes } = atFirstWrite(w, (write) => write());
    w.faults.lambda = (step) => {
      if (step === 'complete') throw Object.assign(new Error('stop here'), { name: 'AccessDeniedException' });
    };
    const { status, name } = await w.run(wholly);
    expect(status).toBe('FAILED');
    w.faults.lambda = () => {};
    w.machine.redrive(name);
    expect(await w.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(writes()).toBe(1);
  });

  it.each([
    ['aborted', requestAbort, '-2'],
    ['paused', pauseTransfer, '-1'],
  ] as const)('that is %s while Initiate copies it is not called copied', async (state, ask, last) => {
    const w = world();
    putSource(w, BYTES);
    const { transfer } = await startTransfer(w.ports)({ body: wholly, idempotencyKey: 'k' });
    let asked: Promise<unknown> | undefined;
    atFirstWrite(w, async () => {
      asked = ask(w.ports)(transfer.transferId);
      await asked;
      throw new TransferError('Unreachable', 'the connection broke');
    });
    await w.settled(`${transfer.transferId}-1`);
    await asked;
    await w.settled(`${transfer.transferId}${last}`);
    expect((await w.ports.checkpoints.read(transfer.transferId))?.state).toBe(state);
    expect(w.to.get('data', 'y')).toBeUndefined();
  });

  it('that is to be read back is read back in a round', async () => {
    const w = world();
    putSource(w, BYTES);
    const { status, name, arn } = await w.run({ ...wholly, verify: 'read-back' });
    expect([status, w.stateNames(name).includes('Read the parts back')]).toEqual(['SUCCEEDED', true]);
    expect((await receiptOf(w, arn))?.proofs).toContain('each part read back, CRC32');
  });
});
