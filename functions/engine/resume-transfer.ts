import { TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';
import type { Transfer } from '../transfer/transfer.ts';
import { readTransfer } from './claim.ts';
import { refuseEnded } from './refuse-to-go-on.ts';

/**
 * Goes on where the transfer failed: a redrive while Step Functions allows it, else a new execution on the same
 * checkpoint. One that was stopped gets a new one too: redriven, it would wait in its Wait from the beginning. What is
 * running already goes on running. Throws NotFound, Ended for what was aborted.
 */
export const resumeTransfer =
  (ports: Ports) =>
  async (transferId: string): Promise<Transfer> => {
    const transfer = await readTransfer(ports.checkpoints, transferId);
    if (transfer.state === 'copied') return transfer;
    refuseEnded(transfer, 'resumed');
    const arn = transfer.execution?.arn;
    const execution = arn === undefined ? undefined : await ports.executions.describe(arn);
    if (execution?.status === 'RUNNING') return transfer;
    // A full history would fail again at once, so that one always gets a new execution.
    const isWorthIt = execution?.status !== 'ABORTED' && transfer.failure?.name !== 'HistoryFull';
    const redrivable = isWorthIt && execution?.redrivable === true;
    const redriven = redrivable && arn !== undefined && (await ports.executions.redrive(arn));
    if (!redriven) await beginExecution(ports, transfer);
    return readTransfer(ports.checkpoints, transferId);
  };

// Names that were used up by executions which ended before they could claim; more than a few means that none will.
const NAMES_MAX = 20;

/** Names are counted, so that asking twice at once begins one execution. A name that has run and ended is passed over. */
export async function beginExecution({ executions }: Ports, { transferId, executionsBegun }: Transfer): Promise<void> {
  for (let number = executionsBegun + 1; number <= executionsBegun + NAMES_MAX; number += 1) {
    if (await executions.start(`${transferId}-${number}`, { transferId })) return;
  }
  throw new TransferError(
    'Unreachable',
    `${NAMES_MAX} executions of transfer ${transferId} ended before they began to work; see their causes in the console.`,
  );
}
