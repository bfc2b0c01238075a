import { TransferError } from '../../transfer/errors.ts';
import { isFinal, type Transfer, targetName } from '../../transfer/transfer.ts';

/**
 * Throws Cancelled or Stopped if this execution must not go on with the transfer. Call it also when you write the
 * header: a Lambda of a stopped execution runs on, and it must not revive a transfer that is over.
 */
export function refuseToGoOn(transfer: Transfer, arn: string): void {
  if (transfer.state !== 'copied' && (transfer.cancelRequested || transfer.state === 'aborted')) {
    throw new TransferError('Cancelled', 'The transfer was cancelled.');
  }
  if (isFinal(transfer.state)) throw new TransferError('Stopped', `The transfer is over: ${transfer.state}.`);
  if (transfer.pauseRequested) throw new TransferError('Stopped', 'The transfer was paused.');
  if (transfer.execution?.arn !== arn) {
    throw new TransferError('Stopped', `Another execution drives this transfer now: ${transfer.execution?.arn}.`);
  }
}

/** Throws Ended if a person asks for something that needs an unfinished transfer. */
export function refuseEnded({ transferId, state, request }: Transfer, done: 'paused' | 'resumed'): void {
  if (!isFinal(state)) return;
  const how = state === 'copied' ? `is copied: the object is at ${targetName(request.target)}` : 'was aborted';
  throw new TransferError('Ended', `Transfer ${transferId} ${how}, so it cannot be ${done}.`);
}
