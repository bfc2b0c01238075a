import { isSmall } from '../../transfer/budgets/small.ts';
import { nameAndMessage } from '../../transfer/errors.ts';
import type { InitiateInput } from '../../transfer/messages.ts';
import { isPush } from '../../transfer/push.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { copyWhole } from '../batch/copy-batch.ts';
import { note } from '../claim/note.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Copies a small object at once, so that it needs neither a round nor another Lambda. Returns whether it is copied. If
 * not, the error is noted, and Plan decides what comes next, as after a round. If this Lambda dies, the next try leaves
 * the copy to a round, because a round has patience and Initiate does not.
 */
export async function copySmall(ports: Ports, transfer: Transfer, { retryCount = 0 }: InitiateInput): Promise<boolean> {
  const { transferId, method, plan, round, request } = transfer;
  if (method !== 'whole' || !plan || !isSmall(plan.objectBytes) || isPush(transfer)) return false;
  // Plan shares a bandwidth among the Lambdas of a round.
  if (round > 0 || retryCount > 0 || request.bandwidthBytesPerSecond !== undefined) return false;
  try {
    await copyWhole(ports)({ transferId, round });
    return true;
  } catch (error) {
    await note(ports, transfer, error);
    ports.log('a small object was not copied at once', nameAndMessage(error));
    return false;
  }
}
