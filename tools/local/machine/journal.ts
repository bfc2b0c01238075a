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
 * The journal survives kill -9 of this process. A power failure may take its last lines, because it does not call fsync:
 * then the execution goes on from an earlier state, and every state may run twice.
 */
export function openJournal(path: string): Journal {
  cutDamage(path);
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

/**
 * Removes the first line that cannot be read, and all that follows. A kill in the middle of a write leaves half a line,
 * and a power failure may leave zeros. Nobody got an answer that depends on it.
 */
function cutDamage(path: string): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const end = endOfSound(bytes);
  if (end < bytes.length) truncateSync(path, end);
}

/** The place behind the last line before which every line is whole. */
function endOfSound(bytes: Buffer): number {
  let end = 0;
  for (let next = bytes.indexOf(0x0a); next !== -1; next = bytes.indexOf(0x0a, end)) {
    if (!isSound(bytes.subarray(end, next))) return end;
    end = next + 1;
  }
  return end;
}

/** An entry begins and ends with a brace, and JSON has no zeros. To parse each line would take long. */
function isSound(line: Buffer): boolean {
  return line[0] === 0x7b && line.at(-1) === 0x7d && !line.includes(0);
}

/** The journal's sound lines as text, because a page of the history parses only a few of them. */
export function readJournalLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  return bytes.toString('utf8', 0, endOfSound(bytes)).split('\n').slice(0, -1);
}

export const parseEntry = (line: string): JournalEntry => JSON.parse(line) as JournalEntry;
export const isEventLine = (line: string): boolean => line.startsWith('{"event":');
