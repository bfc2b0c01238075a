import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalid } from '../cli/failure/failure.ts';
import type { HistoryEvent } from '../local/machine/history.ts';
import { isEventLine, parseEntry, readJournalLines } from '../local/machine/journal.ts';

export type Found = { readonly name: string; readonly folder: string; readonly events: readonly HistoryEvent[] };

/**
 * Finds a history. `asked` is the name of an execution on this computer, or the id of a transfer (then the history is that
 * of its last execution), or a file that `aws stepfunctions get-execution-history` has written. Throws InvalidRequest.
 */
export function findHistory(home: string, asked: string): Found {
  if (asked.endsWith('.json') && existsSync(asked)) {
    const { events } = JSON.parse(readFileSync(asked, 'utf8')) as { events: readonly HistoryEvent[] };
    return { name: asked, folder: '.', events: events.toSorted((one, other) => one.id - other.id) };
  }
  const executions = join(home, 'executions');
  const names = existsSync(executions) ? readdirSync(executions) : [];
  const ofTransfer = names.filter((name) => name.startsWith(`${asked}-`));
  const name = names.includes(asked) ? asked : ofTransfer.toSorted(byNumber).at(-1);
  if (name === undefined)
    throw invalid(
      `There is no execution "${asked}" in ${executions}, and no execution of a transfer with that id.`,
      '`npx partway list` shows the transfers. --home names another folder.',
    );
  const folder = join(executions, name);
  const lines = readJournalLines(join(folder, 'journal.jsonl')).filter(isEventLine);
  return { name, folder, events: lines.flatMap(eventIn) };
}

/** Sorts by number, so that the tenth execution of a transfer comes after the ninth. */
const byNumber = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true });

function eventIn(line: string): HistoryEvent[] {
  const entry = parseEntry(line);
  return 'event' in entry ? [entry.event] : [];
}
