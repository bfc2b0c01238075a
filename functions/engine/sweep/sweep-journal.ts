import { nameAndMessage } from '../../transfer/errors.ts';
import { noCounts, type SweepPosition, type SweepRow, type SweepSummary } from '../../transfer/sweep-report.ts';
import { KiB } from '../../transfer/values/sizes.ts';
import type { Ports } from '../ports/ports.ts';

// A row of the table takes 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html A
// quarter of that is also an answer for which a person can wait.
const PAGE_BYTES_MAX = 100 * KiB;
// An event takes 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
// There are five kinds of rows, and this much of each leaves half of the event free.
const FIRST_ROWS_MAX = 50;
const FIRST_BYTES_MAX = 24 * KiB;
// After so many failures in a row, this sweep does not try the endpoint again. The endpoint may have hundreds of
// transfers, and each would take one or two of the fifteen minutes.
const IN_VAIN_MAX = 3;
// Stores explain errors at length, some with a whole page of HTML.
const WHY_LENGTH_MAX = 1000;

type Outcome = SweepRow['outcome'];
type RowOf<O extends Outcome> = Omit<Extract<SweepRow, { outcome: O }>, 'outcome'>;

export type Work<T> = {
  readonly what: string;
  /** The endpoint that the work needs, if it needs one. */
  readonly endpoint?: string;
  run(): Promise<T>;
};

/**
 * Keeps the report of a running sweep in the table. Memory holds only the rows that are not written yet, and the first
 * rows.
 */
export type Journal = {
  add(row: SweepRow): void;
  lookedAt(seen: { readonly transfers?: number; readonly uploads?: number }): void;
  /** If something cannot be done, the sweep reports it, returns `otherwise`, and goes on with the rest. */
  trying<T>(work: Work<T>, otherwise: T): Promise<T>;
  /** Writes the new rows, and the place where the next sweep begins if this one dies here. */
  save(position: SweepPosition): Promise<void>;
  finish(position: SweepPosition): Promise<SweepSummary>;
  /** The first rows of an outcome, for an event. */
  first<O extends Outcome>(outcome: O): readonly RowOf<O>[];
};

export function openJournal({ sweeps, clock }: Pick<Ports, 'sweeps' | 'clock'>, begun: SweepSummary): Journal {
  let summary = begun;
  const pages = openPages();
  const first = firstRows();
  const add = (row: SweepRow): void => {
    const bytes = Buffer.byteLength(JSON.stringify(row));
    summary = { ...summary, counts: { ...summary.counts, [row.outcome]: summary.counts[row.outcome] + 1 } };
    first.add(row, bytes);
    pages.add(row, bytes);
  };
  const save = async (position: SweepPosition): Promise<void> => {
    const pageCount = await pages.write((page, rows) => sweeps.writeRows(summary.sweepId, page, rows));
    summary = { ...summary, position, pageCount };
    await sweeps.write(summary);
  };
  return {
    add,
    lookedAt: ({ transfers = 0, uploads = 0 }) => {
      const transfersLookedAt = summary.transfersLookedAt + transfers;
      summary = { ...summary, transfersLookedAt, uploadsLookedAt: summary.uploadsLookedAt + uploads };
    },
    trying: trying((what, why) => add({ outcome: 'skipped', what, why })),
    save,
    finish: async (position) => {
      summary = { ...summary, finishedAtMs: clock.nowMs() };
      await save(position);
      return summary;
    },
    first: first.of,
  };
}

function trying(skip: (what: string, why: string) => void): Journal['trying'] {
  const inVain = new Map<string, number>();
  return async ({ what, endpoint = '', run }, otherwise) => {
    const times = inVain.get(endpoint) ?? 0;
    if (times >= IN_VAIN_MAX) {
      skip(what, `Endpoint "${endpoint}" could not be reached ${times} times in a row, so this sweep stopped trying.`);
      return otherwise;
    }
    try {
      const result = await run();
      inVain.delete(endpoint);
      return result;
    } catch (error) {
      const { name, message } = nameAndMessage(error);
      if (endpoint !== '' && name === 'Unreachable') inVain.set(endpoint, times + 1);
      skip(what, `${name}: ${message}`.slice(0, WHY_LENGTH_MAX));
      return otherwise;
    }
  };
}

export function newSummary(
  nowMs: number,
  chance: number,
  more: Pick<SweepSummary, 'dryRun' | 'position'>,
): SweepSummary {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '');
  const suffix = Math.floor(chance * 0x10000)
    .toString(16)
    .padStart(4, '0'); // two sweeps may begin at the same moment
  return {
    sweepId: `${time}-${suffix}`,
    startedAtMs: nowMs,
    finishedAtMs: undefined,
    transfersLookedAt: 0,
    uploadsLookedAt: 0,
    counts: noCounts,
    pageCount: 0,
    ...more,
  };
}

/** Rows in pages. The last page is not full, so it is written again with the rows that have come since. */
function openPages() {
  let unwritten: SweepRow[][] = [];
  let last: SweepRow[] = [];
  let lastBytes = 0;
  let writtenCount = 0;
  let isWritten = true;
  return {
    add: (row: SweepRow, bytes: number): void => {
      if (last.length > 0 && lastBytes + bytes > PAGE_BYTES_MAX) {
        unwritten.push(last);
        [last, lastBytes] = [[], 0];
      }
      last.push(row);
      lastBytes += bytes;
      isWritten = false;
    },
    /** Returns the number of pages. */
    write: async (put: (page: number, rows: readonly SweepRow[]) => Promise<void>): Promise<number> => {
      for (const rows of unwritten) await put(++writtenCount, rows);
      unwritten = [];
      if (!isWritten) await put(writtenCount + 1, last);
      isWritten = true;
      return writtenCount + (last.length > 0 ? 1 : 0);
    },
  };
}

function firstRows() {
  const kept = new Map<Outcome, { rows: unknown[]; bytes: number }>();
  return {
    add: ({ outcome, ...row }: SweepRow, bytes: number): void => {
      const list = kept.get(outcome) ?? { rows: [], bytes: 0 };
      kept.set(outcome, list);
      // We keep the first rows. So after one row does not fit, all later ones are left out too.
      list.bytes += bytes;
      if (list.rows.length < FIRST_ROWS_MAX && list.bytes <= FIRST_BYTES_MAX) list.rows.push(row);
    },
    of: <O extends Outcome>(outcome: O) => (kept.get(outcome)?.rows ?? []) as readonly RowOf<O>[],
  };
}
