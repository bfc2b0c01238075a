import { StateError } from './errors.ts';

/** An event as GetExecutionHistory returns it. Here `timestamp` is ISO; the API's answer has epoch seconds. */
export type HistoryEvent = {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: string;
  readonly [details: string]: unknown;
};

/** The execution itself, and each iteration of a Map, has its own chain of events. */
export type Thread = { previousEventId: number };

export type History = {
  count(): number;
  /** If only the event that ends the execution still fits, throws an error that no Catch catches. */
  record(thread: Thread, type: string, details?: { readonly [name: string]: unknown }): void;
  /** The event that ends the execution always fits. */
  recordLast(thread: Thread, type: string, details?: { readonly [name: string]: unknown }): void;
};

// "25,000 events in a single state machine execution history", service-quotas.md of the Step Functions guide.
export const HISTORY_EVENTS_MAX = 25_000;

export function openHistory(eventCount: number, append: (event: HistoryEvent) => void, now: () => number): History {
  let count = eventCount;
  const recordLast: History['recordLast'] = (thread, type, details = {}) => {
    count += 1;
    append({
      timestamp: new Date(now()).toISOString(),
      type,
      id: count,
      previousEventId: thread.previousEventId,
      ...details,
    });
    thread.previousEventId = count;
  };
  return {
    count: () => count,
    recordLast,
    record: (thread, type, details) => {
      if (count >= HISTORY_EVENTS_MAX - 1) throw historyFull();
      recordLast(thread, type, details);
    },
  };
}

const historyFull = (): StateError =>
  new StateError(
    'States.Runtime',
    `The execution reached the maximum number of history events (${HISTORY_EVENTS_MAX}).`,
    {
      final: true,
    },
  );

/** AWS says for each payload whether it was cut. It cuts no payload below 256 KiB. */
export const payload = (name: 'input' | 'output', text: string) => ({
  [name]: text,
  [`${name}Details`]: { truncated: false },
});
