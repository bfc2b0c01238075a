import type { Ending, JournalEntry } from './journal.ts';

/** The position of an execution, as its journal shows it. */
export type Standing = {
  eventCount: number;
  lastEventId: number;
  /**
   * The last top-level state that was entered. Recovery and redrive continue there. One line says that this state was
   * entered and the one before it exited, because a kill could come between two lines.
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
