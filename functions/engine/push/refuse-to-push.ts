import { TransferError } from '../../transfer/errors.ts';
import { type Plan, partLength } from '../../transfer/plan.ts';
import { isPush, type WantedPart } from '../../transfer/push.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { sizeText } from '../../transfer/values/sizes.ts';

/** Gives the plan by which a client may send parts. Throws InvalidRequest, Ended, Stopped or TargetBusy if it may send none. */
export function refuseToPush(transfer: Transfer): Plan {
  const { transferId, state, plan } = transfer;
  if (!isPush(transfer))
    throw new TransferError('InvalidRequest', `Nothing is pushed to transfer ${transferId}: its source is in a store.`);
  if (isFinal(state))
    throw new TransferError('Ended', `Transfer ${transferId} is over (${state}), so it takes no parts.`);
  if (state === 'pushing' && plan && !transfer.cancelRequested) return plan;
  if (state === 'paused' || state === 'failed')
    throw new TransferError('Stopped', `Transfer ${transferId} is ${state}, so it takes no parts.`);
  const what = transfer.cancelRequested ? 'aborted' : 'completed';
  throw new TransferError('TargetBusy', `Transfer ${transferId} is being ${what}, so it takes no parts now.`);
}

/** What was sent with a URL from before a pause is remembered. Throws as `refuseToPush` for every other state. */
export function refuseToRecord(transfer: Transfer): Plan {
  const { state, plan, readingBack, cancelRequested } = transfer;
  const isPaused = isPush(transfer) && state === 'paused' && !readingBack && !cancelRequested;
  return isPaused && plan ? plan : refuseToPush(transfer);
}

/** Throws InvalidRequest for a part that the plan does not have. Any part of a stream may be its last one. */
export function refuseOtherPart(transfer: Transfer, plan: Plan, { partNumber, bytes }: WantedPart): void {
  if (partNumber > plan.partCount)
    throw new TransferError('InvalidRequest', `There is no part ${partNumber}: the plan has ${plan.partCount} parts.`);
  const expected = partLength(plan, partNumber);
  const fits = transfer.source ? bytes === expected : bytes > 0 && bytes <= expected;
  if (fits) return;
  const limit = transfer.source ? sizeText(expected) : `1 byte to ${sizeText(expected)}`;
  throw new TransferError('InvalidRequest', `Part ${partNumber} has ${sizeText(bytes)}; the plan says ${limit}.`, {
    partNumber,
  });
}
