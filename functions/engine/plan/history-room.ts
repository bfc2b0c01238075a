import type { Batch } from '../../transfer/batches.ts';
import {
  batchesThatFit,
  corrected,
  countEvents,
  HISTORY_EVENTS_MAX,
  handOn,
  hasRoomFor,
  type NextWork,
} from '../../transfer/budgets/history.ts';
import { nameAndMessage, TransferError } from '../../transfer/errors.ts';
import type { Attempt, HistoryCount } from '../../transfer/messages.ts';
import type { Ports } from '../ports/ports.ts';

/** What we know of the length of the history. `isUncounted`: we asked Step Functions, and it did not answer. */
export type History = { readonly now: HistoryCount | undefined; readonly isUncounted: boolean };

/**
 * Returns the length of the history by our own count. Only if the next steps do not fit by that count, asks Step
 * Functions for the true number. Never throws: without an answer our own count stays.
 */
export async function lookAtHistory(ports: Ports, attempt: Attempt, wanted: NextWork): Promise<History> {
  const now = countEvents(attempt);
  if (now && hasRoomFor(now.events, wanted)) return { now, isUncounted: false };
  const { arn, redriveCount } = attempt.execution;
  try {
    const counted = await ports.executions.eventCount(arn);
    return { now: corrected(now, counted, redriveCount), isUncounted: false };
  } catch (error) {
    ports.log('the history could not be counted', { counted: now?.events, ...nameAndMessage(error) });
    return { now, isUncounted: true };
  }
}

/**
 * The batches for which the history has room. A step without batches gets its empty list back. `undefined`: there is no
 * room.
 */
export function whatFits(
  { now }: History,
  next: 'copy-whole' | 'copy-parts' | 'read-back' | 'complete',
  wanted: readonly Batch[],
): readonly Batch[] | undefined {
  if (!now) return undefined;
  if (next === 'complete' || next === 'copy-whole') return hasRoomFor(now.events, next) ? wanted : undefined;
  const count = batchesThatFit(now.events);
  return count > 0 ? wanted.slice(0, count) : undefined;
}

/**
 * For a state that hands out nothing: returns the length of the history for the next state. Throws HistoryFull if the
 * next state does not fit.
 */
export async function handOnHistory(
  ports: Ports,
  attempt: Attempt,
  behind: Parameters<typeof handOn>[1],
): Promise<HistoryCount | undefined> {
  const { now } = await lookAtHistory(ports, attempt, 'go-on');
  if (now && !hasRoomFor(now.events, 'go-on')) throw historyFull(now);
  return handOn(now, behind);
}

export function historyFull({ events, assumed }: HistoryCount): TransferError {
  const what = assumed > 0 ? `may have ${events} (Step Functions did not say how many it has)` : `has ${events}`;
  return new TransferError(
    'HistoryFull',
    `The execution's history ${what} of at most ${HISTORY_EVENTS_MAX} events, which leaves no room for the next steps.`,
  );
}
