import type { PlanOutput } from '../../transfer/messages.ts';
import { handOn, hasRoomFor } from '../../transfer/reckoning/history.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { type History, historyFull } from './history-room.ts';

// The account's bucket for counting fills again by 20 a second. Spread over a minute, all who came in vain fit into it.
const COUNT_AGAIN_SECONDS = 60;

export function handOut(
  transfer: Transfer,
  output: Partial<PlanOutput> & Pick<PlanOutput, 'next' | 'history'>,
): PlanOutput {
  return {
    transferId: transfer.transferId,
    round: transfer.round,
    waitSeconds: 0,
    batchesAtOnce: transfer.request.batchesAtOnce,
    batches: [],
    ...output,
  };
}

/**
 * The reckoning leaves no room, and Step Functions did not say whether that is so: Plan comes again and asks again, as long as
 * there is room for that. Throws HistoryFull where there is none.
 */
export function handOutLater({ clock }: Ports, transfer: Transfer, { now, isUncounted }: History): PlanOutput {
  if (now && !(isUncounted && hasRoomFor(now.events, 'go-on'))) throw historyFull(now);
  return handOut(transfer, {
    next: 'wait',
    waitSeconds: Math.ceil(COUNT_AGAIN_SECONDS * (1 + clock.random())),
    history: handOn(now, { choices: 2, waits: true }),
  });
}
