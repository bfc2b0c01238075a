import { TransferError } from '../../transfer/errors.ts';
import type { TransferRequest } from '../../transfer/request.ts';
import { isFinal, isWaiting, type Transfer, targetName } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Takes the lock of the target key for a transfer. If an unfinished transfer has the lock, returns that transfer. If
 * the owner of the lock is over, or was never written down, a crash left the lock behind, and we take it. Throws
 * Throttled.
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
  // Another transfer took the lock between our two calls, and is not written down yet. Without the lock we must not go
  // on.
  if (!taker)
    throw new TransferError(
      'Throttled',
      `Another transfer took the lock of ${targetName(target)} meanwhile. Ask again.`,
    );
  return taker;
}

/** Who has the target key, and what can be done about it. */
export function ownerText({ transferId, state, request, readingBack, cancelRequested }: Transfer): string {
  const target = targetName(request.target);
  if (cancelRequested)
    return `Transfer ${transferId} to ${target} is being aborted, and has the key until its parts are gone. \`partway abort ${transferId}\` continues an abort that has stopped.`;
  if (!isWaiting(state)) return `Transfer ${transferId} is writing ${target}.`;
  const what = state === 'paused' ? 'is paused' : 'has failed';
  const remedies = `\`partway resume ${transferId}\` goes on with it, \`partway abort ${transferId}\` ends it for good`;
  return `Transfer ${transferId} to ${target} ${what} and keeps ${readingBack ? 'the key' : 'its parts'}: ${remedies}.`;
}
