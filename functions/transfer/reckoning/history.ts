import { BATCHES_A_ROUND_MAX } from '../batches.ts';
import {
  type Attempt,
  BATCH_OUTAGE_RETRIES_MAX,
  OUTAGE_RETRIES_MAX,
  QUEUED_RETRIES_MAX,
  RETRIES_MAX,
  type Reckoning,
  SOURCE_RESTARTS_MAX,
} from '../messages.ts';

/**
 * What a Step Functions history costs, in events, as histories recorded on AWS show it. An execution fails for good
 * when it reaches 25,000, and no state can catch that, so we stop in time. We cannot ask Step Functions for the number each
 * time: all executions of an account together may ask 20 times a second (awsdocs, limits-overview, GetExecutionHistory).
 * So each state that decides reckons the number: its input says what came before, and the retries since then are known.
 */
export const HISTORY_EVENTS_MAX = 25_000;

const EVENTS_AN_ATTEMPT = 3; // scheduled, started, and succeeded or failed
const EVENTS_A_STATE = 2; // entered, exited
const EVENTS_AN_ITERATION = 2; // started, succeeded; the state in it comes on top
const EVENTS_A_MAP = 4; // entered, started, succeeded, exited
const EVENTS_TO_END = 3; // the last state is entered and exited, the execution ends

// How often a state is tried again if both of its retriers are used up.
const BATCH_RETRIES_MAX = RETRIES_MAX + BATCH_OUTAGE_RETRIES_MAX;
const STATE_RETRIES_MAX = RETRIES_MAX + OUTAGE_RETRIES_MAX;

// A batch that gives up passes through one more state.
const EVENTS_OF_A_BATCH_MAX = EVENTS_AN_ITERATION + task(BATCH_RETRIES_MAX) + EVENTS_A_STATE;
const EVENTS_OF_A_TASK_MAX = task(STATE_RETRIES_MAX);

// A lost upload or a changed source leads back to Initiate, which may find that the source has changed again. In one of these
// visits at most the transfer has waited for an older version: after that the target key is its own.
const EVENTS_OF_BEGINNING_AGAIN_MAX =
  (1 + SOURCE_RESTARTS_MAX) * EVENTS_OF_A_TASK_MAX + EVENTS_AN_ATTEMPT * QUEUED_RETRIES_MAX;

// The execution ends, and is redriven. If it was stopped in a Map, the iterations that ran then (an inline Map runs 40 at most)
// are aborted, which costs two events each, and run again with all their retries.
const EVENTS_OF_A_REDRIVE_MIN = 2;
const EVENTS_OF_A_REDRIVE_MAX = EVENTS_OF_A_REDRIVE_MIN + EVENTS_A_MAP + 40 * (EVENTS_OF_A_BATCH_MAX + 2);

// After this attempt its state ends. Up to two choices and a wait follow.
const EVENTS_OF_AN_ANSWER = 2; // succeeded, exited
const EVENTS_BETWEEN_MAX = EVENTS_OF_AN_ANSWER + 3 * EVENTS_A_STATE;
// What a history must always have room for, so that it never ends in the middle: the next state that decides, then Abort.
const EVENTS_TO_GO_ON = EVENTS_BETWEEN_MAX + 2 * EVENTS_OF_A_TASK_MAX + EVENTS_TO_END;
// Before parts are copied there must be room for more, so that they can be completed in the same execution: Plan and Complete.
const EVENTS_TO_FINISH = 2 * (EVENTS_BETWEEN_MAX + EVENTS_OF_A_TASK_MAX) + EVENTS_TO_GO_ON;

/** A state that is tried again so often, from its entry to its exit. */
function task(retries: number): number {
  return EVENTS_A_STATE + EVENTS_AN_ATTEMPT * (1 + retries);
}

/** What a transfer is to go on with. */
export type Undertaking = 'go-on' | 'complete' | 'copy-whole' | { readonly batches: number };

/** Whether a history has room for it, even if all its retries are used up, and for what must follow. */
export function hasRoomFor(eventsSoFar: number, undertaking: Undertaking): boolean {
  return eventsSoFar + eventsAtWorst(undertaking) < HISTORY_EVENTS_MAX;
}

function eventsAtWorst(undertaking: Undertaking): number {
  if (undertaking === 'go-on') return EVENTS_TO_GO_ON;
  if (undertaking === 'complete') return EVENTS_TO_FINISH;
  if (undertaking === 'copy-whole') return EVENTS_OF_A_TASK_MAX + EVENTS_TO_FINISH;
  return EVENTS_A_MAP + EVENTS_OF_A_BATCH_MAX * undertaking.batches + EVENTS_TO_FINISH;
}

/** How many batches a history has room for, even if every one of them fails as often as it can. */
export function batchesThatFit(eventsSoFar: number): number {
  const left = HISTORY_EVENTS_MAX - 1 - eventsSoFar - eventsAtWorst({ batches: 0 });
  return Math.max(0, Math.min(BATCHES_A_ROUND_MAX, Math.floor(left / EVENTS_OF_A_BATCH_MAX)));
}

/**
 * The number of events up to this attempt of a state that decides, including the start of the attempt. `undefined`: the
 * state's input does not tell, because the execution is older than this reckoning. `isHandedOut` is for Complete: it is
 * itself what Plan handed out, so it has not come back yet.
 */
export function reckon(
  { input, execution, retryCount = 0 }: Attempt,
  { isHandedOut = false }: { readonly isHandedOut?: boolean } = {},
): Reckoning | undefined {
  const fields = isObject(input) ? input : {};
  const given = input === undefined ? undefined : reckoningIn(fields);
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

/** What this attempt hands on when it succeeds: it adds the events up to the next state that decides. */
export function handOn(
  now: Reckoning | undefined,
  { choices, waits = false }: { readonly choices: number; readonly waits?: boolean },
): Reckoning | undefined {
  const more = EVENTS_OF_AN_ANSWER + EVENTS_A_STATE * (choices + (waits ? 1 : 0));
  return now && { ...now, events: now.events + more };
}

/** How long the history will be when Complete succeeds and nothing follows. `undefined` where some of it was assumed. */
export function eventsInTheEnd(now: Reckoning | undefined): number | undefined {
  const atEnd = handOn(now, { choices: 1 });
  return atEnd?.assumed === 0 ? atEnd.events + EVENTS_TO_END : undefined;
}

/** Replaces the reckoning by what Step Functions counted. That may be some moments old, so it is not less than what we saw. */
export function corrected(now: Reckoning | undefined, counted: number, redriveCount: number): Reckoning {
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

/** What comes from another state has `next`. The first state of an execution is given what started it, which has not. */
function reckoningIn(fields: Record<string, unknown>): Reckoning | undefined {
  const { history } = fields;
  if (isObject(history) && isCount(history.events) && isCount(history.assumed) && isCount(history.redriveCount)) {
    const { events, assumed, redriveCount } = history;
    return { events, assumed, redriveCount };
  }
  return 'next' in fields ? undefined : { ...exactly(1), redriveCount: 0 }; // the execution's start
}

/** The events of what Plan had handed out, which came after Plan's own reckoning. */
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
