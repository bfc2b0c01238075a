import { type Attempt, RETRIES_MAX } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { type Asked, findTransfer } from './execution-input.ts';

/**
 * The state machine tells how often it has tried a state again for whatever reason. How many of these tries failed by
 * themselves, and were not calls that Lambda had no room for, only we can count; where a transfer is to be given up
 * when nothing tries it again, that number decides.
 */
export async function countTry(ports: Ports, input: Asked & Attempt): Promise<void> {
  const transfer = await findTransfer(ports, input);
  if (transfer?.request.onFailure !== 'abort') return;
  await ports.checkpoints.change(transfer.transferId, (now) => ({
    ...now,
    tries: { visit: visitOf(input), failed: failedTries(now, input) + 1 },
  }));
}

/** Whether this was the last try: what passes by itself has lasted longer than patience, and nothing tries it again. */
export function wasLastTry(transfer: Transfer, input: Attempt): boolean {
  if (input.enteredAt === undefined) return (input.retryCount ?? 0) >= RETRIES_MAX; // an older execution
  return failedTries(transfer, input) > RETRIES_MAX;
}

function failedTries({ tries }: Transfer, input: Attempt): number {
  return tries?.visit === visitOf(input) ? tries.failed : 0;
}

/** One visit of a state in one life of an execution. After a redrive the state machine begins to count anew. */
function visitOf({ execution, enteredAt = '' }: Attempt): string {
  return `${execution.arn} ${execution.redriveCount} ${enteredAt}`;
}
