import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { HistoryEvent } from './history.ts';

/** A line of an execution's journal. Each line is one thing that happened, in order. */
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
  /** Returns when the operating system has everything that was appended so far. */
  flush(): void;
  close(): void;
};

// In this time the events of many iterations come together in one write. A person who watches does not notice it.
const FLUSH_DELAY_MS = 10;

/**
 * The journal survives kill -9 of this process, but not a power failure, because it does not call fsync. The table on this
 * computer does not either.
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

/** Removes half a line, which a kill in the middle of a write leaves. Nobody got an answer that depends on it. */
function cutTornLine(path: string): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
}

/** The journal's lines as text, because a page of the history parses only a few of them. */
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
