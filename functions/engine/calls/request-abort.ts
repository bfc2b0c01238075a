import { TransferError } from '../../transfer/errors.ts';
import { isFinal, type Transfer, targetName } from '../../transfer/transfer.ts';
import { beginExecution } from '../claim/begin-execution.ts';
import { isAtWork, readTransfer } from '../claim/claim.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Aborts a transfer in any state. The execution at work is stopped. A new one finds the mark and goes straight to
 * Abort, so an abort takes effect at once, even in the middle of an hour's Wait. Throws Ended if the object is copied: an
 * abort never removes it.
 */
export const requestAbort =
  (ports: Ports) =>
  async (transferId: string): Promise<Transfer> => {
    const before = await readTransfer(ports.checkpoints, transferId);
    if (isFinal(before.state)) return unlessCopied(before);
    const transfer = await ports.checkpoints.change(transferId, (now) =>
      now.cancelRequested || isFinal(now.state)
        ? undefined
        : { ...now, cancelRequested: true, updatedAtMs: ports.clock.nowMs() },
    );
    if (isFinal(transfer.state)) return unlessCopied(transfer);
    // A second request finds the execution that aborts. It must not stop that one.
    if (before.cancelRequested && (await isAtWork(ports, transfer))) return transfer;
    if (transfer.execution) await ports.executions.stop(transfer.execution.arn, 'The transfer was cancelled.');
    await beginExecution(ports, transfer);
    return transfer;
  };

function unlessCopied(transfer: Transfer): Transfer {
  const { transferId, state, request } = transfer;
  if (state !== 'copied') return transfer;
  const at = targetName(request.target);
  throw new TransferError(
    'Ended',
    `Transfer ${transferId} is copied: there is nothing to abort, and the object at ${at} stays. If you do not want it, delete it at its store.`,
  );
}
