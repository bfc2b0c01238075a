import { TransferError } from '../../transfer/errors.ts';
import { isFinal, isWaiting, type Transfer, targetName } from '../../transfer/transfer.ts';

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

/**
 * The same for a write that says that the transfer goes on. Settle may have marked it as failed since this attempt claimed
 * it. If the execution has ended, this Lambda has outlived it, and nobody hears its error. If it runs, it tries the state
 * again, which claims the transfer anew. Throws Cancelled, Stopped or Incomplete.
 */
export function refuseToRevive(now: Transfer, arn: string): void {
  refuseToGoOn(now, arn);
  if (isWaiting(now.state)) throw new TransferError('Incomplete', `The transfer was marked as ${now.state} meanwhile.`);
}

/** Throws Ended if a person asks for something that needs a transfer that goes on. One that is being aborted ends. */
export function refuseEnded(transfer: Transfer, done: 'paused' | 'resumed'): void {
  const { transferId, state, request, cancelRequested } = transfer;
  if (!isFinal(state) && !cancelRequested) return;
  throw new TransferError('Ended', `Transfer ${transferId} ${howItEnds()}, so it cannot be ${done}.`);

  function howItEnds(): string {
    if (state === 'copied') return `is copied: the object is at ${targetName(request.target)}`;
    if (state === 'aborted') return 'was aborted';
    return `is being aborted (\`partway abort ${transferId}\` continues an abort that has stopped)`;
  }
}
