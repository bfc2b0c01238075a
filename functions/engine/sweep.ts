import { asFailure, TransferError } from '../transfer/errors.ts';
import type { OpenUpload, Ports } from '../transfer/ports.ts';
import { isFinal, isWaiting, type Transfer, targetName } from '../transfer/transfer.ts';
import { giveUp } from './abort-upload.ts';
import { nameAndMessage } from './part-failures.ts';

const DAY_MS = 24 * 3600 * 1000;
// Step Functions redrives for 14 days; after that nobody has come back.
const FAILED_DAYS_MAX = 15;
const ORPHAN_DAYS_DEFAULT = 7;
const TRANSFERS_A_PAGE = 50;
// A table with more than this is swept in the order of age over several days: 1,000 pages are five minutes of reading.
const PAGES_MAX = 1_000;

export type SweepInput = {
  /** Report only. */
  readonly dryRun?: boolean;
  /** Uploads that no transfer knows, older than this, are orphans. Another program's uploads look the same. */
  readonly orphanDays?: number;
  readonly abortOrphans?: boolean;
};

export type Orphan = { readonly endpoint: string; readonly bucket: string; readonly aborted: boolean } & OpenUpload;
export type SweepReport = {
  readonly dryRun: boolean;
  /** Transfers that failed more than 15 days ago, and are given up now. */
  readonly givenUp: readonly { readonly transferId: string; readonly target: string }[];
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
    const skipped: { what: string; why: string }[] = [];
    const skipping = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> =>
      work().catch((error) => {
        const { name, message } = nameAndMessage(error);
        skipped.push({ what, why: `${name}: ${message}` });
        return otherwise;
      });
    const transfers = await allTransfers(ports);
    const givenUp: Transfer[] = [];
    for (const transfer of transfers.filter((each) => isForgotten(each, ports.clock.nowMs()))) {
      const done =
        dryRun ||
        (await skipping(
          transfer.transferId,
          async () => Boolean(await giveUp(ports, transfer, forgotten(transfer))),
          false,
        ));
      if (done) givenUp.push(transfer);
    }
    const orphans: Orphan[] = [];
    const known = new Set(transfers.filter(({ state }) => !isFinal(state)).flatMap(({ uploadId }) => uploadId ?? []));
    for (const place of placesOf(ports)) {
      const options = { olderThanMs: ports.clock.nowMs() - orphanDays * DAY_MS, abort: abortOrphans && !dryRun, known };
      orphans.push(
        ...(await skipping(
          `${place.endpoint}:${place.bucket}/${place.prefix}`,
          () => orphansAt(ports, place, options),
          [],
        )),
      );
    }
    const report = {
      dryRun,
      givenUp: givenUp.map(({ transferId, request }) => ({ transferId, target: targetName(request.target) })),
      orphans,
      skipped,
    };
    await ports.announce({ type: 'Sweep Finished', detail: report });
    ports.log('swept', { givenUp: givenUp.length, orphans: orphans.length, skipped: skipped.length, dryRun });
    return report;
  };

async function allTransfers(ports: Ports): Promise<Transfer[]> {
  const transfers: Transfer[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await ports.checkpoints.list({ limit: TRANSFERS_A_PAGE, after });
    transfers.push(...page.transfers);
    after = page.after;
    if (after === undefined) break;
  }
  return transfers;
}

function isForgotten({ state, updatedAtMs }: Transfer, nowMs: number): boolean {
  return isWaiting(state) && nowMs - updatedAtMs > FAILED_DAYS_MAX * DAY_MS;
}

function forgotten({ state, failure }: Transfer) {
  return asFailure(
    'Cancelled',
    `${state === 'paused' ? 'It was paused' : `It failed (${failure?.name})`} more than ${FAILED_DAYS_MAX} days ago, and nobody came back for it.`,
  );
}

type Place = { readonly endpoint: string; readonly bucket: string; readonly prefix: string };

/** Everything that endpoints may touch, since nothing else can hold an upload of ours. */
function placesOf(ports: Ports): Place[] {
  return ports.endpoints().flatMap(({ name, allow }) =>
    allow.map((entry) => {
      const [bucket = '', ...prefix] = entry.split('/');
      return { endpoint: name, bucket, prefix: prefix.join('/') };
    }),
  );
}

async function orphansAt(
  ports: Ports,
  { endpoint, bucket, prefix }: Place,
  { olderThanMs, abort, known }: { olderThanMs: number; abort: boolean; known: ReadonlySet<string> },
): Promise<Orphan[]> {
  const store = await ports.store(endpoint);
  if (store.profile.listsUploads !== true)
    throw new TransferError(
      'InvalidRequest',
      `${store.profile.title} cannot list its uploads; only those of known transfers are swept.`,
    );
  const uploads = await store.listUploads(bucket, prefix);
  const orphans = uploads.filter(({ uploadId, initiatedAtMs }) => !known.has(uploadId) && initiatedAtMs < olderThanMs);
  for (const { key, uploadId } of abort ? orphans : []) await store.abortUpload({ endpoint, bucket, key }, uploadId);
  return orphans.map((orphan) => ({ endpoint, bucket, ...orphan, aborted: abort }));
}
