import { TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';
import type { TransferRequest } from '../transfer/request.ts';
import { isFinal, type Transfer, targetName } from '../transfer/transfer.ts';

/**
 * Takes the target key for a transfer, or gives the unfinished one that has it. A key whose owner is over, or was never
 * written down, was left by somebody who died between two writes, and is free.
 */
export async function takeTarget(
  ports: Ports,
  target: TransferRequest['target'],
  transferId: string,
): Promise<Transfer | undefined> {
  const owner = await ports.checkpoints.lockTarget(target, transferId);
  if (owner === transferId) return undefined;
  const other = await ports.checkpoints.read(owner);
  if (other && !isFinal(other.state)) return other;
  await ports.checkpoints.releaseTarget(target, owner);
  const next = await ports.checkpoints.lockTarget(target, transferId);
  if (next === transferId) return undefined;
  const taker = await ports.checkpoints.read(next);
  // Taken between two calls by one that is not written down yet: without the lock nobody may go on.
  if (!taker) throw new TransferError('Throttled', `The lock of ${targetName(target)} changed hands; ask again.`);
  return taker;
}
