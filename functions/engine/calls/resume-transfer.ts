import { TransferError } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { isAtWork, readTransfer } from '../claim/claim.ts';
import { refuseEnded } from '../claim/refuse-to-go-on.ts';
import type { ExecutionStatus, Ports } from '../ports/ports.ts';

/**
 * Resumes a transfer where it failed: by a redrive while Step Functions allows it, otherwise by a new execution on the
 * same checkpoint. A transfer that is under way simply goes on. Throws NotFound, and Ended for a transfer that was
 * aborted. If the header and DescribeExecution disagree, the header is right: Describe shows an end seconds late.
 */
export const resumeTransfer =
  (ports: Ports) =>
  async (transferId: string): Promise<Transfer> => {
    const transfer = await readTransfer(ports.checkpoints, transferId);
    if (transfer.state === 'copied') return transfer;
    refuseEnded(transfer, 'resumed');
    const arn = transfer.execution?.arn;
    if (await isAtWork(ports, transfer)) return transfer;
    const execution = arn === undefined ? undefined : await ports.executions.describe(arn);
    const redriven = arn !== undefined && isWorthARedrive(transfer, execution) && (await ports.executions.redrive(arn));
    if (!redriven) await beginExecution(ports, transfer);
    return readTransfer(ports.checkpoints, transferId);
  };

/**
 * An execution that was stopped gets a new one, since a redrive would begin a Wait from its beginning. So does one that
 * has filled its history, since it would fail again at once.
 */
function isWorthARedrive({ state, failure }: Transfer, execution: ExecutionStatus | undefined): boolean {
  if (state === 'paused' || failure?.name === 'Stopped' || failure?.name === 'HistoryFull') return false;
  if (!execution || execution.status === 'ABORTED' || execution.status === 'SUCCEEDED') return false;
  return execution.redrivable || execution.status === 'RUNNING';
}

// Some names may have been used by executions that ended before they could claim. If there are more than a few, no name
// will help.
const NAMES_MAX = 20;

/** Names are counted, so that two calls at once begin one execution. A name whose execution has ended is skipped. */
export async function beginExecution({ executions }: Ports, { transferId, executionsBegun }: Transfer): Promise<void> {
  for (let number = executionsBegun + 1; number <= executionsBegun + NAMES_MAX; number += 1) {
    if (await executions.start(`${transferId}-${number}`, { transferId })) return;
  }
  throw new TransferError(
    'Unreachable',
    `${NAMES_MAX} executions of transfer ${transferId} ended before they began to work; see their causes in the console.`,
  );
}
