import { BATCHES_A_ROUND_MAX } from './batches.ts';
import { RETRIES_MAX } from './messages.ts';

/**
 * What a Step Functions history costs, in events, as histories recorded on AWS show it. An execution fails for good
 * when it reaches 25,000, and no state can catch that, so Plan stops in time.
 */
export const HISTORY_EVENTS_MAX = 25_000;

const EVENTS_AN_ITERATION = 7; // started, entered, scheduled, started, succeeded, exited, succeeded
const EVENTS_A_RETRY = 3; // scheduled, started, failed
const EVENTS_LEFT_BEHIND = 2; // a batch that gives up passes through one more state
const EVENTS_A_ROUND = 4 + 3 * 2 + 5; // the Map, two choices and a wait, the next Plan
const EVENTS_TO_FINISH = 60; // Complete with its retries, or Abort, and the end

/** Events of one round in which every batch is tried once, and `retries` attempts fail. */
export function roundEvents(batchCount: number, retries: number): number {
  return EVENTS_A_ROUND + EVENTS_AN_ITERATION * batchCount + EVENTS_A_RETRY * retries;
}

/** How many batches still fit, with room for every one of them to fail as often as it can. 0 means that the history is full. */
export function batchesThatFit(eventsSoFar: number): number {
  const left = HISTORY_EVENTS_MAX - eventsSoFar - EVENTS_TO_FINISH - EVENTS_A_ROUND;
  const each = EVENTS_AN_ITERATION + EVENTS_A_RETRY * RETRIES_MAX + EVENTS_LEFT_BEHIND;
  return Math.max(0, Math.min(BATCHES_A_ROUND_MAX, Math.floor(left / each)));
}
