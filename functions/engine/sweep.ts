import { asFailure } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';
import { isFinal, isWaiting, type Transfer, targetName } from '../transfer/transfer.ts';
import { giveUp } from './abort-upload.ts';
import { endedUnheard } from './ended-unheard.ts';
import { type Orphan, orphansAt, placesOf } from './orphans.ts';
import { nameAndMessage } from './part-failures.ts';

const DAY_MS = 24 * 3600 * 1000;
// Step Functions redrives for 14 days; after that nobody has come back.
const FAILED_DAYS_MAX = 15;
const ORPHAN_DAYS_DEFAULT = 7;
const TRANSFERS_A_PAGE = 50;
// 100,000 transfers in 90 days. With more, orphans are only reported, since not every upload's transfer was looked at.
const PAGES_MAX = 2_000;
// An event takes 256 KB; whoever wants all of a long report finds it in the function's answer.
const ROWS_ANNOUNCED = 50;

export type SweepInput = {
  /** Report only. */
  readonly dryRun?: boolean;
  /** Uploads that no transfer knows, older than this, are orphans. Another program's uploads look the same. */
  readonly orphanDays?: number;
  readonly abortOrphans?: boolean;
};

export type SweepReport = {
  readonly dryRun: boolean;
  /** Transfers that failed more than 15 days ago, and are given up now. */
  readonly givenUp: readonly { readonly transferId: string; readonly target: string }[];
  /** Transfers whose execution had ended without anybody hearing of it; they are marked as failed now. */
  readonly settled: readonly string[];
  readonly orphans: readonly Orphan[];
  /** Endpoints and transfers that could not be swept, with the reason. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
};

/** Cleans up behind transfers that nobody came back for, and finds uploads that nobody remembers. May run twice. */
export const sweep =
  (ports: Ports) =>
  async ({
    dryRun = false,
    orphanDays = ORPHAN_DAYS_DEFAULT,
    abortOrphans = false,
  }: SweepInput): Promise<SweepReport> => {
    const { skipped, trying } = skipping();
    const { transfers, isComplete } = await allTransfers(ports);
    const givenUp: Transfer[] = [];
    const settled: string[] = [];
    for (const transfer of transfers.filter(({ state }) => !isFinal(state))) {
      const { transferId } = transfer;
      if (await trying(transferId, () => giveUpForgotten(ports, transfer, dryRun), false)) givenUp.push(transfer);
      else if (!dryRun && (await trying(transferId, () => endedUnheard(ports, transfer), false)))
        settled.push(transferId);
    }
    const known = new Set(transfers.filter(({ state }) => !isFinal(state)).flatMap(({ uploadId }) => uploadId ?? []));
    const orphans: Orphan[] = [];
    for (const place of placesOf(ports)) {
      const limits = {
        olderThanMs: ports.clock.nowMs() - orphanDays * DAY_MS,
        abort: abortOrphans && !dryRun && isComplete,
        known,
      };
      orphans.push(
        ...(await trying(
          `${place.endpoint}:${place.bucket}/${place.prefix}`,
          () => orphansAt(ports, place, limits),
          [],
        )),
      );
    }
    const given = givenUp.map(({ transferId, request }) => ({ transferId, target: targetName(request.target) }));
    const report = { dryRun, givenUp: given, settled, orphans, skipped };
    await announce(ports, report);
    return report;
  };

/** One endpoint that cannot be reached does not keep the others from being swept. */
function skipping() {
  const skipped: { what: string; why: string }[] = [];
  const trying = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> =>
    work().catch((error) => {
      const { name, message } = nameAndMessage(error);
      skipped.push({ what, why: `${name}: ${message}` });
      return otherwise;
    });
  return { skipped, trying };
}

async function allTransfers(ports: Ports): Promise<{ transfers: Transfer[]; isComplete: boolean }> {
  const transfers: Transfer[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await ports.checkpoints.list({ limit: TRANSFERS_A_PAGE, after });
    transfers.push(...page.transfers);
    after = page.after;
    if (after === undefined) return { transfers, isComplete: true };
  }
  return { transfers, isComplete: false };
}

/** The list is minutes old and its index lags, so the header is read once more before anything is taken away. */
async function giveUpForgotten(ports: Ports, { transferId }: Transfer, dryRun: boolean): Promise<boolean> {
  const now = await ports.checkpoints.read(transferId);
  if (!now || !isForgotten(now, ports.clock.nowMs())) return false;
  const what = now.state === 'paused' ? 'It was paused' : `It failed (${now.failure?.name})`;
  const failure = asFailure('Cancelled', `${what} more than ${FAILED_DAYS_MAX} days ago, and nobody came back for it.`);
  if (!dryRun) await giveUp(ports, now, failure);
  return true;
}

function isForgotten({ state, updatedAtMs }: Transfer, nowMs: number): boolean {
  return isWaiting(state) && nowMs - updatedAtMs > FAILED_DAYS_MAX * DAY_MS;
}

async function announce(ports: Ports, { dryRun, ...lists }: SweepReport): Promise<void> {
  const rows = Object.entries(lists).map(([name, list]) => [
    name,
    { count: list.length, first: list.slice(0, ROWS_ANNOUNCED) },
  ]);
  const detail = { dryRun, ...Object.fromEntries(rows) };
  ports.log('swept', Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length])));
  await ports.announce({ type: 'Sweep Finished', detail });
}
