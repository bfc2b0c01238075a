import { lambdasAtOnce } from '../../transfer/budgets/bandwidth.ts';
import { handOn, hasRoomFor } from '../../transfer/budgets/history.ts';
import type { PlanOutput } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { type History, historyFull } from './history-room.ts';

// An account may ask for a history 20 times a second. We spread the next tries over a minute, so that all of them get
// an answer.
const COUNT_AGAIN_SECONDS = 60;

export function handOut(
  transfer: Transfer,
  output: Partial<PlanOutput> & Pick<PlanOutput, 'next' | 'history'>,
): PlanOutput {
  return {
    transferId: transfer.transferId,
    round: transfer.round,
    waitSeconds: 0,
    batchesAtOnce: lambdasAtOnce(transfer.request, transfer.batchesAtOnce),
    batches: [],
    ...output,
  };
}

/**
 * By our own count the history has no room, and Step Functions did not tell the true number. So Plan waits and asks
 * again, as long as there is room for that. Throws HistoryFull if there is none.
 */
export function handOutLater({ clock }: Ports, transfer: Transfer, { now, isUncounted }: History): PlanOutput {
  if (now && !(isUncounted && hasRoomFor(now.events, 'go-on'))) throw historyFull(now);
  return handOut(transfer, {
    next: 'wait',
    waitSeconds: Math.ceil(COUNT_AGAIN_SECONDS * (1 + clock.random())),
    history: handOn(now, { choices: 2, waits: true }),
  });
}
