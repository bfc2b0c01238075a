import { type Attempt, RETRIES_MAX } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { findTransfer, type StateInput } from './execution-input.ts';

/**
 * Counts a try of this state that ran and failed. The state machine tells only how often it has tried the state again.
 * That number also contains the calls for which Lambda had no room. With `onFailure: "abort"` our count decides which
 * try was the last one.
 */
export async function countTry(ports: Ports, input: StateInput & Attempt): Promise<void> {
  const transfer = await findTransfer(ports, input);
  if (transfer?.request.onFailure !== 'abort') return;
  await ports.checkpoints.change(transfer.transferId, (now) => ({
    ...now,
    tries: { visit: visitOf(input), failed: failedTries(now, input) + 1 },
  }));
}

/** Whether this was the last try of the state machine. Then the error has lasted longer than patience. */
export function wasLastTry(transfer: Transfer, input: Attempt): boolean {
  if (input.enteredAt === undefined) return (input.retryCount ?? 0) >= RETRIES_MAX; // an older execution
  return failedTries(transfer, input) > RETRIES_MAX;
}

function failedTries({ tries }: Transfer, input: Attempt): number {
  return tries?.visit === visitOf(input) ? tries.failed : 0;
}

/** One visit of a state. A redrive begins a new visit, since the state machine then counts from zero again. */
function visitOf({ execution, enteredAt = '' }: Attempt): string {
  return `${execution.arn} ${execution.redriveCount} ${enteredAt}`;
}
