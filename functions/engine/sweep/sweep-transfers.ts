import { asFailure } from '../../transfer/errors.ts';
import { isFinal, isWaiting, type Transfer, targetName } from '../../transfer/transfer.ts';
import { abortBecause } from '../ending/abort-upload.ts';
import { endedUnheard, isSilent } from '../ending/ended-unheard.ts';
import type { Ports } from '../ports/ports.ts';
import type { Journal } from './sweep-journal.ts';
import type { SweepTime } from './sweep-time.ts';

const DAY_MS = 24 * 3600 * 1000;
// Step Functions allows a redrive for 14 days. After that, nobody has resumed the transfer.
const FAILED_DAYS_MAX = 15;
const TRANSFERS_A_PAGE = 50;
// If a sweep dies, the next one repeats what was done since the last save.
const PAGES_A_SAVE = 10;
// AWS's upload ids have some 130 characters. With this many ids, we measured 213 of the function's 256 MB in use.
const UPLOADS_KNOWN_MAX = 100_000;

export type TransfersSwept = {
  /** The uploads of unfinished transfers, by id. */
  readonly known: ReadonlySet<string>;
  /** Whether these are all: the sweep began with the newest transfer and came to the oldest. */
  readonly isComplete: boolean;
  /** The place where the time was over. */
  readonly after: string | undefined;
};

type Pass = {
  readonly dryRun: boolean;
  /** A client that still pushes comes back earlier. After so many days, we assume that it has gone for good. */
  readonly pushDays: number;
  readonly from: string | undefined;
  readonly time: SweepTime;
  save(after: string): Promise<void>;
};

/**
 * Looks at every transfer, the newest first. Aborts those that nobody has continued. Marks a transfer as failed if its
 * execution ended and nobody heard of it. It holds only upload ids, and at most 100,000 of them, so 256 MB are enough
 * for any number of transfers.
 */
export async function sweepTransfers(
  ports: Ports,
  journal: Journal,
  { dryRun, pushDays, from, time, save }: Pass,
): Promise<TransfersSwept> {
  const known = new Set<string>();
  let after = from;
  for (let pages = 1; ; pages += 1) {
    const page = await ports.checkpoints.list({ limit: TRANSFERS_A_PAGE, after });
    for (const transfer of page.transfers) {
      if (time.isOver()) return stopped(journal, { known, after, at: transfer });
      for (const uploadId of uploadsInUse(transfer)) if (known.size < UPLOADS_KNOWN_MAX) known.add(uploadId);
      await lookAt(ports, journal, transfer, { dryRun, pushDays, time });
      journal.lookedAt({ transfers: 1 });
    }
    after = page.after;
    if (after === undefined)
      return { known, isComplete: from === undefined && known.size < UPLOADS_KNOWN_MAX, after: undefined };
    // If a page is empty, nothing else in this loop checks the time.
    if (page.transfers.length === 0 && time.isOver()) return stopped(journal, { known, after, at: undefined });
    if (pages % PAGES_A_SAVE === 0) await save(after);
  }
}

type Stop = Omit<TransfersSwept, 'isComplete'> & { readonly at: Transfer | undefined };

function stopped(journal: Journal, { at, ...swept }: Stop): TransfersSwept {
  const which = at ? `were created at ${new Date(at.createdAtMs).toISOString()} or before` : 'come after those';
  journal.add({ outcome: 'notLookedAt', what: `transfers that ${which}`, why: 'The sweep had no more time.' });
  return { ...swept, isComplete: false };
}

/** The uploads that a transfer needs: its own, and another program's if it will finish that. */
export function uploadsInUse({ state, uploadId, request }: Transfer): string[] {
  if (isFinal(state)) return [];
  return [uploadId, request.resumeFrom?.uploadId].filter((id) => id !== undefined);
}

async function lookAt(
  ports: Ports,
  journal: Journal,
  transfer: Transfer,
  { dryRun, pushDays, time }: Pick<Pass, 'dryRun' | 'pushDays' | 'time'>,
): Promise<void> {
  const { transferId: what, request } = transfer;
  if (isForgotten(transfer, ports.clock.nowMs(), pushDays)) {
    const run = () => time.within('Aborting it', abortForgotten(ports, transfer, { dryRun, pushDays }));
    const isGivenUp = await journal.trying({ what, endpoint: request.target.endpoint, run }, false);
    if (isGivenUp) journal.add({ outcome: 'givenUp', transferId: what, target: targetName(request.target) });
  } else if (!dryRun && isSilent(transfer, ports.clock.nowMs())) {
    const run = () => time.within('Looking for its execution', endedUnheard(ports, transfer));
    if (await journal.trying({ what, run }, false)) journal.add({ outcome: 'settled', transferId: what });
  }
}

/** The page may be minutes old, so we read the header once more before we remove anything. */
async function abortForgotten(
  ports: Ports,
  { transferId }: Transfer,
  { dryRun, pushDays }: Pick<Pass, 'dryRun' | 'pushDays'>,
): Promise<boolean> {
  const now = await ports.checkpoints.read(transferId);
  if (!now || !isForgotten(now, ports.clock.nowMs(), pushDays)) return false;
  const failure = asFailure('Cancelled', `${whatHappened(now, pushDays)}, and nobody has continued it.`);
  if (!dryRun) await abortBecause(ports, now, failure);
  return true;
}

function whatHappened({ state, failure }: Transfer, pushDays: number): string {
  if (state === 'pushing') return `The last part was pushed more than ${pushDays} days ago`;
  const what = state === 'paused' ? 'It was paused' : `It failed (${failure?.name})`;
  return `${what} more than ${FAILED_DAYS_MAX} days ago`;
}

function isForgotten({ state, updatedAtMs }: Transfer, nowMs: number, pushDays: number): boolean {
  const days = Math.floor((nowMs - updatedAtMs) / DAY_MS);
  return state === 'pushing' ? days >= pushDays : isWaiting(state) && days >= FAILED_DAYS_MAX;
}
