import { TransferError } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

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
    `${NAMES_MAX} executions of transfer ${transferId} ended before they did any work. The console of Step Functions shows why.`,
  );
}
