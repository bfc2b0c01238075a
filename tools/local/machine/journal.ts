import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { HistoryEvent } from './history.ts';

/** A line of an execution's journal. Each says one thing that happened, in the order it happened. */
export type JournalEntry =
  | { readonly event: HistoryEvent }
  | { readonly entered: { readonly state: string; readonly input: unknown; readonly atMs: number } }
  | { readonly iteration: { readonly index: number; readonly output: unknown } }
  | { readonly iterationsForgotten: true }
  | { readonly redriven: { readonly redriveCount: number; readonly redriveDate: string } }
  | { readonly ended: Ending };

export type Ending =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown; readonly stopDate: string }
  | {
      readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      readonly error?: string;
      readonly cause?: string;
      readonly stopDate: string;
    };

export type Journal = {
  append(entry: JournalEntry): void;
  /** Returns when everything appended so far has been handed to the operating system. */
  flush(): void;
  close(): void;
};

// Long enough that the events of many iterations go out in one write, short enough for a person who watches.
const FLUSH_DELAY_MS = 10;

/**
 * Survives kill -9 of this process, not a loss of power: there is no fsync, as there is none in the checkpoint's store
 * on this computer either.
 */
export function openJournal(path: string): Journal {
  cutTornLine(path);
  const file = openSync(path, 'a');
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    writeWhole(file, Buffer.from(`${lines.join('\n')}\n`));
    lines = [];
  };
  return {
    append: (entry) => {
      lines.push(JSON.stringify(entry));
      timer ??= setTimeout(flush, FLUSH_DELAY_MS).unref();
    },
    flush,
    close: () => {
      flush();
      closeSync(file);
    },
  };
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** If a kill comes in the middle of a write, half a line is left. Nobody got an answer for anything after it. */
function cutTornLine(path: string): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
}

/** The journal's lines, still as text. A page of the history needs to parse only a few of them. */
export function readJournalLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}

export const parseEntry = (line: string): JournalEntry => JSON.parse(line) as JournalEntry;
export const isEventLine = (line: string): boolean => line.startsWith('{"event":');
