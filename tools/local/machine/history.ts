import { StateError } from './errors.ts';

/** An event as GetExecutionHistory has it; `timestamp` is ISO here and becomes epoch seconds on the wire. */
export type HistoryEvent = {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: string;
  readonly [details: string]: unknown;
};

/** The execution itself and each iteration of a Map count their own predecessors. */
export type Thread = { previousEventId: number };

export type History = {
  count(): number;
  /** Throws, uncatchably for ASL, when only the event that ends the execution still fits. */
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

/** AWS says beside each payload whether it was cut; it never is below 256 KiB. */
export const payload = (name: 'input' | 'output', text: string) => ({
  [name]: text,
  [`${name}Details`]: { truncated: false },
});
