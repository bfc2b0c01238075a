import type { Ending, JournalEntry } from './journal.ts';

/** Where an execution stands, as its journal tells it. */
export type Standing = {
  eventCount: number;
  lastEventId: number;
  /**
   * The last state at the top that was entered. Recovery and redrive go on from it. Entering a state also says that the
   * one before it has exited: with two lines, a kill could come between them.
   */
  current?: { state: string; input: unknown; atMs: number };
  /** Outputs of the iterations of `current` that succeeded, by index. */
  iterations: Map<number, unknown>;
  redriveCount: number;
  redriveDate?: string;
  ended?: Ending;
};

export function replay(entries: Iterable<JournalEntry>): Standing {
  const standing: Standing = { eventCount: 0, lastEventId: 0, iterations: new Map(), redriveCount: 0 };
  for (const entry of entries) apply(standing, entry);
  return standing;
}

function apply(standing: Standing, entry: JournalEntry): void {
  if ('event' in entry) {
    standing.eventCount += 1;
    standing.lastEventId = entry.event.id;
  } else if ('entered' in entry) {
    standing.current = { ...entry.entered };
    standing.iterations.clear();
  } else if ('iteration' in entry) {
    standing.iterations.set(entry.iteration.index, entry.iteration.output);
  } else if ('iterationsForgotten' in entry) {
    standing.iterations.clear();
  } else if ('redriven' in entry) {
    Object.assign(standing, entry.redriven);
    standing.ended = undefined;
  } else {
    standing.ended = entry.ended;
  }
}
