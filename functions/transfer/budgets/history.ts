import { BATCHES_A_ROUND_MAX } from '../batches.ts';
import {
  type Attempt,
  BATCH_OUTAGE_RETRIES_MAX,
  type HistoryCount,
  OUTAGE_RETRIES_MAX,
  QUEUED_RETRIES_MAX,
  RETRIES_MAX,
  SOURCE_RESTARTS_MAX,
} from '../messages.ts';

/**
 * How many events each step adds to a Step Functions history, as histories recorded on AWS show it. If a history
 * reaches 25,000 events, its execution fails for good. No state can catch that, so we stop in time. We cannot ask Step
 * Functions for the number each time: all executions of an account together may ask 20 times a second (awsdocs,
 * limits-overview, GetExecutionHistory). So each state that decides counts by itself. Its input says how many events
 * came before, and the retries since then are known.
 */
export const HISTORY_EVENTS_MAX = 25_000;

const EVENTS_AN_ATTEMPT = 3; // scheduled, started, and succeeded or failed
const EVENTS_A_STATE = 2; // entered, exited
const EVENTS_AN_ITERATION = 2; // started, succeeded; the state in it comes on top
const EVENTS_A_MAP = 4; // entered, started, succeeded, exited
const EVENTS_TO_END = 3; // the last state is entered and exited, the execution ends

// How often a state is tried again if it uses up both of its retriers.
const BATCH_RETRIES_MAX = RETRIES_MAX + BATCH_OUTAGE_RETRIES_MAX;
const STATE_RETRIES_MAX = RETRIES_MAX + OUTAGE_RETRIES_MAX;

// A batch that gives up passes through one more state.
const EVENTS_OF_A_BATCH_MAX = EVENTS_AN_ITERATION + task(BATCH_RETRIES_MAX) + EVENTS_A_STATE;
const EVENTS_OF_A_TASK_MAX = task(STATE_RETRIES_MAX);

// A lost upload or a changed source leads back to Initiate, which may find that the source has changed again. In at
// most one of these visits the transfer waits for an older version. After that it has the target key itself.
const EVENTS_OF_BEGINNING_AGAIN_MAX =
  (1 + SOURCE_RESTARTS_MAX) * EVENTS_OF_A_TASK_MAX + EVENTS_AN_ATTEMPT * QUEUED_RETRIES_MAX;

// The execution ends, and somebody redrives it. If it was stopped in a Map, the iterations that ran then (an inline Map
// runs at most 40) are aborted. That costs two events each. Then they run again with all their retries.
const EVENTS_OF_A_REDRIVE_MIN = 2;
const EVENTS_OF_A_REDRIVE_MAX = EVENTS_OF_A_REDRIVE_MIN + EVENTS_A_MAP + 40 * (EVENTS_OF_A_BATCH_MAX + 2);

// The attempt succeeds, and its state ends. Up to two Choice states and a Wait follow.
const EVENTS_OF_AN_ANSWER = 2; // succeeded, exited
const EVENTS_BETWEEN_MAX = EVENTS_OF_AN_ANSWER + 3 * EVENTS_A_STATE;
// A history must always have room for the next state that decides, and then for Abort. So it never ends in the middle.
const EVENTS_TO_GO_ON = EVENTS_BETWEEN_MAX + 2 * EVENTS_OF_A_TASK_MAX + EVENTS_TO_END;
// Before parts are copied, there must be room for more: Plan and Complete. So the same execution can complete them.
const EVENTS_TO_FINISH = 2 * (EVENTS_BETWEEN_MAX + EVENTS_OF_A_TASK_MAX) + EVENTS_TO_GO_ON;

/** The events of a Task state that is tried again so often, from its entry to its exit. */
function task(retries: number): number {
  return EVENTS_A_STATE + EVENTS_AN_ATTEMPT * (1 + retries);
}

/** What a transfer does next. */
export type NextWork = 'go-on' | 'complete' | 'copy-whole' | { readonly batches: number };

/** Whether a history has room for the next work with all its retries, and for the states that must follow it. */
export function hasRoomFor(eventsSoFar: number, next: NextWork): boolean {
  return eventsSoFar + eventsAtWorst(next) < HISTORY_EVENTS_MAX;
}

function eventsAtWorst(next: NextWork): number {
  if (next === 'go-on') return EVENTS_TO_GO_ON;
  if (next === 'complete') return EVENTS_TO_FINISH;
  if (next === 'copy-whole') return EVENTS_OF_A_TASK_MAX + EVENTS_TO_FINISH;
  return EVENTS_A_MAP + EVENTS_OF_A_BATCH_MAX * next.batches + EVENTS_TO_FINISH;
}

/** How many batches a history has room for, even if every one of them fails as often as it can. */
export function batchesThatFit(eventsSoFar: number): number {
  const left = HISTORY_EVENTS_MAX - 1 - eventsSoFar - eventsAtWorst({ batches: 0 });
  return Math.max(0, Math.min(BATCHES_A_ROUND_MAX, Math.floor(left / EVENTS_OF_A_BATCH_MAX)));
}

/**
 * The number of events up to this attempt of a state that decides, with the start of the attempt. `undefined`: the
 * input of the state does not say it, because older code started the execution. Complete sets `isHandedOut`: Plan
 * handed out Complete itself, and it has not come back yet, so there is nothing to count of it.
 */
export function countEvents(
  { input, execution, retryCount = 0 }: Attempt,
  { isHandedOut = false }: { readonly isHandedOut?: boolean } = {},
): HistoryCount | undefined {
  const fields = isObject(input) ? input : {};
  const given = input === undefined ? undefined : countIn(fields);
  if (!given) return undefined;
  const redrives = Math.max(0, execution.redriveCount - given.redriveCount);
  const came = sum([
    { events: given.events, assumed: given.assumed },
    isHandedOut ? exactly(0) : handedOutEvents(fields),
    atMost('failure' in fields ? EVENTS_OF_BEGINNING_AGAIN_MAX : 0, 0),
    atMost(redrives * EVENTS_OF_A_REDRIVE_MAX, redrives * EVENTS_OF_A_REDRIVE_MIN),
    exactly(1 + EVENTS_AN_ATTEMPT * retryCount + 2), // entered, the attempts before, scheduled and started
  ]);
  return { ...came, redriveCount: execution.redriveCount };
}

/** What this attempt hands on if it succeeds: it adds the events up to the next state that decides. */
export function handOn(
  now: HistoryCount | undefined,
  { choices, waits = false }: { readonly choices: number; readonly waits?: boolean },
): HistoryCount | undefined {
  const more = EVENTS_OF_AN_ANSWER + EVENTS_A_STATE * (choices + (waits ? 1 : 0));
  return now && { ...now, events: now.events + more };
}

/**
 * How long the history will be if Complete succeeds and nothing follows. `undefined`: a part of the number is only
 * assumed.
 */
export function eventsInTheEnd(now: HistoryCount | undefined): number | undefined {
  const atEnd = handOn(now, { choices: 1 });
  return atEnd?.assumed === 0 ? atEnd.events + EVENTS_TO_END : undefined;
}

/**
 * Replaces our own count by that of Step Functions. Its count may be some moments old, so we do not go below the events
 * that we have seen.
 */
export function corrected(now: HistoryCount | undefined, counted: number, redriveCount: number): HistoryCount {
  const seen = now ? now.events - now.assumed : 0;
  return { events: Math.max(seen, counted), assumed: 0, redriveCount };
}

type Events = { readonly events: number; readonly assumed: number };

function exactly(events: number): Events {
  return { events, assumed: 0 };
}

function atMost(events: number, atLeast: number): Events {
  return { events, assumed: events - atLeast };
}

function sum(all: readonly Events[]): Events {
  return all.reduce((one, other) => ({ events: one.events + other.events, assumed: one.assumed + other.assumed }));
}

/**
 * The count in the input of a state. An input that another state made has `next`. The input that started the execution
 * does not have it, and then there was one event before.
 */
function countIn(fields: Record<string, unknown>): HistoryCount | undefined {
  const { history } = fields;
  if (isObject(history) && isCount(history.events) && isCount(history.assumed) && isCount(history.redriveCount)) {
    const { events, assumed, redriveCount } = history;
    return { events, assumed, redriveCount };
  }
  return 'next' in fields ? undefined : { ...exactly(1), redriveCount: 0 }; // the execution's start
}

/** The events of the work that Plan handed out. They came after Plan had counted. */
function handedOutEvents({ next, batches }: Record<string, unknown>): Events {
  const once = task(0);
  if (next === 'complete') return atMost(EVENTS_OF_A_TASK_MAX, once); // it came back without success
  if (next === 'copy-whole') {
    const retries = retriesIn(isObject(batches) ? batches.whole : undefined);
    return retries === undefined ? atMost(EVENTS_OF_A_TASK_MAX, once) : exactly(task(retries));
  }
  if (next !== 'copy-parts' && next !== 'read-back') return exactly(0);
  const iterations = (Array.isArray(batches) ? batches : []).map((batch: unknown) => {
    const retries = retriesIn(batch);
    if (retries !== undefined) return exactly(EVENTS_AN_ITERATION + task(retries));
    return atMost(EVENTS_OF_A_BATCH_MAX, EVENTS_AN_ITERATION + once);
  });
  return sum([exactly(EVENTS_A_MAP), ...iterations]);
}

function retriesIn(answer: unknown): number | undefined {
  return isObject(answer) && isCount(answer.retries) ? answer.retries : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
