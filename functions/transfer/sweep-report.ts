import type { OpenUpload, UploadMarkers } from './at-stores.ts';

/** An old upload that no unfinished transfer has. */
export type Orphan = { readonly endpoint: string; readonly bucket: string; readonly aborted: boolean } & OpenUpload;
export type GivenUp = { readonly transferId: string; readonly target: string };
/** Something that the sweep could not do, or had no time to look at. */
export type Omission = { readonly what: string; readonly why: string };

/** One line of a sweep's report. */
export type SweepRow =
  /** A transfer that failed, or was paused, more than 15 days ago. */
  | ({ readonly outcome: 'givenUp' } & GivenUp)
  /** A transfer whose execution had ended although nobody heard of it. It is marked as failed now. */
  | { readonly outcome: 'settled'; readonly transferId: string }
  | ({ readonly outcome: 'orphan' } & Orphan)
  | ({ readonly outcome: 'skipped' } & Omission)
  | ({ readonly outcome: 'notLookedAt' } & Omission);

export type SweepCounts = Readonly<Record<SweepRow['outcome'], number>>;

/** Where a sweep stopped because its time was over. The next one begins there. */
export type SweepPosition = {
  /** As `Checkpoints.list` returned it. Left out when all transfers were looked at. */
  readonly transfersAfter?: string | undefined;
  /** Left out when all places were looked at. */
  readonly uploads?: { readonly place: string; readonly from: UploadMarkers } | undefined;
};

/**
 * What the table keeps of a sweep, beside its rows. It is written when the sweep begins, on the way, and when it ends.
 */
export type SweepSummary = {
  /** Begins with the time, so that later sweeps sort after earlier ones. */
  readonly sweepId: string;
  readonly startedAtMs: number;
  /** `undefined` while it runs, and also if it died. */
  readonly finishedAtMs: number | undefined;
  readonly dryRun: boolean;
  readonly transfersLookedAt: number;
  readonly uploadsLookedAt: number;
  readonly counts: SweepCounts;
  /** The number of pages of rows. Pages are numbered from 1. */
  readonly pageCount: number;
  readonly position: SweepPosition;
};

/** A sweep as the API and the CLI show it, with one page of its rows. Times are ISO 8601, UTC. */
export type SweepView = Pick<
  SweepSummary,
  'sweepId' | 'dryRun' | 'transfersLookedAt' | 'uploadsLookedAt' | 'counts'
> & {
  readonly startedAt: string;
  readonly finishedAt: string | undefined;
  readonly rows: readonly SweepRow[];
  /** The page of rows that ended here, if others follow. */
  readonly after: number | undefined;
};

export function sweepView(
  { startedAtMs, finishedAtMs, pageCount, position: _, ...summary }: SweepSummary,
  { page, rows }: { readonly page: number; readonly rows: readonly SweepRow[] },
): SweepView {
  return {
    ...summary,
    startedAt: new Date(startedAtMs).toISOString(),
    finishedAt: finishedAtMs === undefined ? undefined : new Date(finishedAtMs).toISOString(),
    rows,
    after: page < pageCount ? page : undefined,
  };
}

export const noCounts: SweepCounts = { givenUp: 0, settled: 0, orphan: 0, skipped: 0, notLookedAt: 0 };
