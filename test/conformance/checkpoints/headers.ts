import { expect, it } from 'vitest';
import type { Transfer } from '../../../functions/transfer/transfer.ts';
import { freshTransfer, parsedRequest } from '../transfers.ts';
import type { CheckpointsUnderTest } from './checkpoints.ts';

export function keepsHeaders({ connect, losesAnswers = false }: CheckpointsUnderTest): void {
  it('keeps a header, and gives the first one back when it is created twice', async () => {
    const checkpoints = await connect();
    const transfer = freshTransfer();
    expect(await checkpoints.create(transfer)).toEqual(transfer);
    expect(await checkpoints.create({ ...transfer, state: 'copying' })).toMatchObject({ state: 'accepted' });
    expect(await checkpoints.read(transfer.transferId)).toMatchObject({
      transferId: transfer.transferId,
      state: 'accepted',
      request: parsedRequest,
    });
    expect(await checkpoints.read('nobody')).toBeUndefined();
  });

  it('gives the same header to both who create it at once', async () => {
    const checkpoints = await connect();
    const transfer = freshTransfer();
    const [one, other] = await Promise.all([
      checkpoints.create(transfer),
      checkpoints.create({ ...transfer, sequencer: 'other' }),
    ]);
    expect(one).toEqual(other);
    expect(await checkpoints.read(transfer.transferId)).toEqual(one);
  });

  it('loses no change when many change at once', async () => {
    const checkpoints = await connect();
    const { transferId } = await checkpoints.create(freshTransfer());
    const more = (transfer: Transfer) => ({ ...transfer, round: transfer.round + 1 });
    // A change of which nobody heard that it was written is made once more, on what it made itself. So others must try
    // again oftener, and fewer of them can work at once.
    const changes = losesAnswers ? 2 : 5;
    await Promise.all(Array.from({ length: changes }, () => checkpoints.change(transferId, more)));
    const round = (await checkpoints.read(transferId))?.round;
    if (losesAnswers) expect(round).toBeGreaterThanOrEqual(changes);
    else expect(round).toBe(changes);
  });

  it('gives the header as it stands after a change, whether this call or another made it', async () => {
    const checkpoints = await connect();
    const { transferId } = await checkpoints.create(freshTransfer());
    const pause = (transfer: Transfer) =>
      transfer.pauseRequested ? undefined : { ...transfer, pauseRequested: true, updatedAtMs: 7 };
    for (let times = 0; times < 4; times += 1)
      expect(await checkpoints.change(transferId, pause)).toMatchObject({ pauseRequested: true, updatedAtMs: 7 });
    expect(await checkpoints.read(transferId)).toMatchObject({ pauseRequested: true, updatedAtMs: 7 });
  });

  it('leaves a header alone when the change says so, and knows who is not there', async () => {
    const checkpoints = await connect();
    const { transferId } = await checkpoints.create(freshTransfer());
    expect(await checkpoints.change(transferId, () => undefined)).toMatchObject({ round: 0 });
    await expect(checkpoints.change('nobody', (transfer) => transfer)).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('leaves a header alone when the change throws', async () => {
    const checkpoints = await connect();
    const transfer = await checkpoints.create(freshTransfer());
    const refused = checkpoints.change(transfer.transferId, () => {
      throw new Error('not now');
    });
    await expect(refused).rejects.toThrow('not now');
    expect(await checkpoints.read(transfer.transferId)).toEqual(transfer);
  });
}
