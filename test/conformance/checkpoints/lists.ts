import { expect, it } from 'vitest';
import { freshTransfer } from '../transfers.ts';
import type { CheckpointsUnderTest } from './checkpoints.ts';

export function listsTransfers({ connect }: CheckpointsUnderTest): void {
  it('lists the newest first, page by page', async () => {
    const checkpoints = await connect();
    const farAhead = 4_000_000_000_000; // so that no other test's transfer is newer
    for (const age of [1, 2, 3]) await checkpoints.create(freshTransfer(farAhead - age));
    const first = await checkpoints.list({ limit: 2, after: undefined });
    const second = await checkpoints.list({ limit: 1, after: first.after });
    expect([...first.transfers, ...second.transfers].map(({ createdAtMs }) => farAhead - createdAtMs)).toEqual([
      1, 2, 3,
    ]);
    expect(await checkpoints.list({ limit: 1, after: first.after })).toEqual(second);
  });

  it('lists each transfer once, though others are created and changed while somebody pages through', async () => {
    const checkpoints = await connect();
    const farAhead = 5_000_000_000_000;
    const listed: number[] = [];
    for (const age of [1, 2, 3, 4]) await checkpoints.create(freshTransfer(farAhead - age));
    for (let after: string | undefined, pages = 0; pages < 4; pages += 1) {
      const page = await checkpoints.list({ limit: 1, after });
      listed.push(...page.transfers.map(({ createdAtMs }) => farAhead - createdAtMs));
      for (const { transferId } of page.transfers)
        await checkpoints.change(transferId, (transfer) => ({ ...transfer, state: 'copied', updatedAtMs: farAhead }));
      await checkpoints.create(freshTransfer(farAhead + pages));
      after = page.after;
    }
    expect(listed).toEqual([1, 2, 3, 4]);
  });

  it('lists a transfer that was created twice at once one time', async () => {
    const checkpoints = await connect();
    const transfer = freshTransfer(6_000_000_000_000);
    const twin = { ...transfer, createdAtMs: transfer.createdAtMs + 5 };
    const [one, other] = await Promise.all([checkpoints.create(transfer), checkpoints.create(twin)]);
    expect(one.createdAtMs).toBe(other.createdAtMs);
    const { transfers } = await checkpoints.list({ limit: 3, after: undefined });
    expect(transfers.filter(({ transferId }) => transferId === transfer.transferId)).toEqual([one]);
  });

  it.each(['', 'garbage', 'e30', 'bnVsbA'])('refuses to go on after %j, which no list gave', async (after) => {
    const checkpoints = await connect();
    await expect(checkpoints.list({ limit: 2, after })).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
}
