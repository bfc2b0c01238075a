import { TransferError } from '../../transfer/errors.ts';
import type { GivenUp, Omission, Orphan, SweepPosition, SweepSummary } from '../../transfer/sweep-report.ts';
import { faultOfPushDays, PUSH_DAYS_DEFAULT } from '../../transfer/values/push-days.ts';
import type { Ports } from '../ports/ports.ts';
import { sweepUploads } from './orphans.ts';
import { type Journal, newSummary, openJournal } from './sweep-journal.ts';
import { timeUntil } from './sweep-time.ts';
import { sweepTransfers } from './sweep-transfers.ts';

const DAY_MS = 24 * 3600 * 1000;
const ORPHAN_DAYS_DEFAULT = 7;
// Even if there are many transfers, a third of the time is left for the uploads at the stores.
const TRANSFERS_SHARE = 2 / 3;
// Time for the end of the report, and for the event.
const REPORT_MS = 30_000;
// We look for the last real sweep (not a dry run) among so many. If there is none, the next sweep begins at the
// beginning.
const SWEEPS_ASKED_FOR = 20;

export type SweepInput = {
  /** Report only; change nothing. */
  readonly dryRun?: boolean;
  /**
   * An upload that no transfer knows and that is older than this is an orphan. It may also belong to another program.
   */
  readonly orphanDays?: number;
  readonly abortOrphans?: boolean;
  /** A push to which nobody has sent anything for so many days is aborted. */
  readonly pushDays?: number;
};

/** The function's answer and the event's content: the number of rows, and the first rows of each kind. */
export type SweepReport = Pick<
  SweepSummary,
  'sweepId' | 'dryRun' | 'transfersLookedAt' | 'uploadsLookedAt' | 'counts'
> & {
  /** Transfers that failed more than 15 days ago and are given up now. */
  readonly givenUp: readonly GivenUp[];
  /** Transfers whose execution had ended although nobody heard of it. They are marked as failed now. */
  readonly settled: readonly string[];
  readonly orphans: readonly Orphan[];
  /** Endpoints and transfers that could not be swept, with the reason. */
  readonly skipped: readonly Omission[];
  /** What was left when the time was over. The next sweep begins there. */
  readonly notLookedAt: readonly Omission[];
};

/**
 * Cleans up after transfers that nobody resumed, and finds uploads that no transfer knows. It may run twice, also at
 * the same time. It works page by page for as long as its Lambda may run. The next sweep continues where it stopped.
 */
export const sweep =
  (ports: Ports) =>
  async ({
    dryRun = false,
    orphanDays = ORPHAN_DAYS_DEFAULT,
    abortOrphans = false,
    pushDays = PUSH_DAYS_DEFAULT,
  }: SweepInput): Promise<SweepReport> => {
    refuseDays(pushDays);
    const nowMs = ports.clock.nowMs();
    const untilMs = ports.deadlineMs() - REPORT_MS;
    // A dry run shows everything, so it begins at the beginning.
    const before = dryRun ? {} : await lastPosition(ports);
    const begun = newSummary(nowMs, ports.clock.random(), { dryRun, position: before });
    const journal = openJournal(ports, begun);
    await journal.save(before);
    const { known, isComplete, after } = await sweepTransfers(ports, journal, {
      dryRun,
      pushDays,
      from: before.transfersAfter,
      time: timeUntil(ports.clock, nowMs + TRANSFERS_SHARE * (untilMs - nowMs)),
      save: (transfersAfter) => journal.save({ ...before, transfersAfter }),
    });
    const mayAbort = abortOrphans && !dryRun;
    if (mayAbort && !isComplete) journal.add(notAborting);
    const uploads = await sweepUploads(ports, journal, {
      known,
      olderThanMs: nowMs - orphanDays * DAY_MS,
      abort: mayAbort && isComplete,
      from: before.uploads,
      time: timeUntil(ports.clock, untilMs),
      save: (position) => journal.save({ transfersAfter: after, uploads: position }),
    });
    return tell(ports, journal, await journal.finish({ transfersAfter: after, uploads }));
  };

/** A person may invoke the function with any input, and 0 days would abort every push. */
function refuseDays(pushDays: number): void {
  const fault = faultOfPushDays(pushDays);
  if (fault !== undefined) throw new TransferError('InvalidRequest', `The sweep cannot run so: ${fault}.`);
}

const notAborting = {
  outcome: 'skipped',
  what: 'the aborting of orphans',
  why: 'This sweep does not know the uploads of all unfinished transfers, so an upload that looks like an orphan may be in use.',
} as const;

async function lastPosition({ sweeps }: Ports): Promise<SweepPosition> {
  const last = (await sweeps.newest(SWEEPS_ASKED_FOR)).find(({ dryRun }) => !dryRun);
  return last?.position ?? {};
}

async function tell(ports: Ports, journal: Journal, summary: SweepSummary): Promise<SweepReport> {
  const { sweepId, dryRun, transfersLookedAt, uploadsLookedAt, counts } = summary;
  const settled = journal.first('settled').map(({ transferId }) => transferId);
  const [givenUp, orphans] = [journal.first('givenUp'), journal.first('orphan')];
  const [skipped, notLookedAt] = [journal.first('skipped'), journal.first('notLookedAt')];
  const facts = { sweepId, dryRun, transfersLookedAt, uploadsLookedAt };
  ports.log('the sweep has ended', { ...facts, ...counts });
  const detail = {
    ...facts,
    givenUp: { count: counts.givenUp, first: givenUp },
    settled: { count: counts.settled, first: settled },
    orphans: { count: counts.orphan, first: orphans },
    skipped: { count: counts.skipped, first: skipped },
    notLookedAt: { count: counts.notLookedAt, first: notLookedAt },
    wholeReport: `partway sweep --report ${sweepId}`,
  };
  await ports.announce({ type: 'Sweep Finished', detail });
  return { ...facts, counts, givenUp, settled, orphans, skipped, notLookedAt };
}
