import { TransferError } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

// Executions that ended before they could claim the transfer may have used some names. If there are more than a few of
// them, another name does not help.
const NAMES_MAX = 20;

/**
 * The name of an execution ends with a number that counts up, so two calls at once begin only one execution. If an
 * execution of that name has ended already, this takes the next number. Throws Unreachable.
 */
export async function beginExecution({ executions }: Ports, { transferId, executionsBegun }: Transfer): Promise<void> {
  for (let number = executionsBegun + 1; number <= executionsBegun + NAMES_MAX; number += 1) {
    if (await executions.start(`${transferId}-${number}`, { transferId })) return;
  }
  throw new TransferError(
    'Unreachable',
    `${NAMES_MAX} executions of transfer ${transferId} ended before they did any work. The console of Step Functions shows why.`,
  );
}
