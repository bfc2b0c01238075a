import { describe, expect, it } from 'vitest';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;

async function begun(w: World) {
  putSource(w, 4 * PART);
  const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'one' });
  return { id: transfer.transferId, ended: () => w.settled(`${transfer.transferId}-1`) };
}

/** The refusals of another request for the key: the API's, and that of an execution that a person starts. */
async function refusals(w: World): Promise<string[]> {
  const body = requestFor({ partBytes: 2 * PART });
  const asked = await startTransfer(w.ports)({ body, idempotencyKey: 'two' }).catch((error: Error) => error);
  const { error, cause } = await w.run(body);
  expect([(asked as Error).name, error]).toEqual(['TargetBusy', 'TargetBusy']);
  return [(asked as Error).message, String(cause)];
}

describe('TargetBusy, the refusal of a target key that another transfer has,', () => {
  it('says how to resume or abort the other transfer if it has failed', async () => {
    const w = world();
    w.faults.target = (store) => ({
      ...store,
      writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
    });
    const { id, ended } = await begun(w);
    expect(await ended()).toMatchObject({ status: 'FAILED' });
    for (const text of await refusals(w)) {
      expect(text).toContain(`Transfer ${id} to b:data/y has failed and keeps its parts: \`partway resume ${id}\``);
      expect(text).toContain(`\`partway abort ${id}\` ends it for good`);
    }
  });

  it('says that the other transfer is paused if it is', async () => {
    const w = world();
    const { id, ended } = await begun(w);
    w.faults.lambda = (step) => {
      if (step === 'copybatch') void pauseTransfer(w.ports)(id);
    };
    await ended();
    for (const text of await refusals(w)) expect(text).toContain(`Transfer ${id} to b:data/y is paused and keeps`);
  });

  it('says that the other transfer is writing if it is running', async () => {
    const w = world();
    const gate = Promise.withResolvers<void>();
    w.faults.target = (store) => ({
      ...store,
      writePart: async (...part) => gate.promise.then(() => store.writePart(...part)),
    });
    const { id, ended } = await begun(w);
    for (const text of await refusals(w)) expect(text).toContain(`Transfer ${id} is writing b:data/y.`);
    gate.resolve();
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED' });
  });
});
