import { finished } from 'node:stream/promises';
import type { Batch } from '../../transfer/batches.ts';
import { isNamed, nameAndMessage, TransferError } from '../../transfer/errors.ts';
import type { ReadBackInput, Retried } from '../../transfer/messages.ts';
import { type Plan, partLength, partRange } from '../../transfer/plan.ts';
import { asksForReadBack, isReadBack, writeOf } from '../../transfer/read-back.ts';
import { type CopiedPart, type ObjectFacts, type Transfer, targetName, uploadOf } from '../../transfer/transfer.ts';
import { crc32Hex } from '../../transfer/values/checksums.ts';
import { readTransfer } from '../claim/claim.ts';
import { noting } from '../claim/note.ts';
import type { Ports, SourceStore, TargetStore } from '../ports/ports.ts';
import { completedObject } from '../stores/completed-object.ts';
import { openSource } from '../stores/kept-url.ts';
import { isLate } from './copy-batch.ts';
import type { BatchWork } from './in-lanes.ts';
import type { Meter } from './meter.ts';
import { type Relay, relay } from './relay.ts';
import { retryPart } from './retry-part.ts';
import { workThrough } from './work-through.ts';

/** A place from which one generation of an object can be read. */
type Pinned = { readonly store: SourceStore; readonly pin: ObjectFacts };

type Stores = {
  readonly plan: Plan;
  readonly object: Pinned;
  readonly target: TargetStore;
  /** Set only if there are parts that we did not send. */
  readonly source: Pinned | undefined;
};

/**
 * Reads the parts of one batch from the completed object, and compares each part with what was sent. Like copying, it
 * decides nothing: it notes errors for Plan. Throws Incomplete if trying again may help.
 */
export const readBack =
  (ports: Ports) =>
  async ({ transferId, round, batch, retryCount = 0 }: ReadBackInput): Promise<Retried> => {
    const retried = { retries: retryCount };
    const transfer = await readTransfer(ports.checkpoints, transferId);
    const { readingBack, plan } = transfer;
    if (isLate(transfer, round) || !readingBack || !plan) return retried;
    const { firstPart, lastPart } = batch;
    const rows = await ports.checkpoints.parts(transferId, uploadOf(transfer), firstPart, lastPart);
    const left = partsOf(batch, plan, rows).filter((part) => !isReadBack(part, readingBack.present));
    const stores = await noting(ports, transfer, () => open(ports, transfer, { plan, left, pin: readingBack.present }));
    const byNumber = new Map(left.map((part) => [part.partNumber, part]));
    await workThrough({ ports, transfer, batch, present: rows }, [...byNumber.keys()], async (work, partNumber) => {
      const part = byNumber.get(partNumber);
      if (part) await readPart(work, stores, part);
    });
    return retried;
  };

/** A late call may have removed a part's row. Then we know nothing of the part, and compare it with the source. */
function partsOf({ firstPart, lastPart }: Batch, plan: Plan, rows: readonly CopiedPart[]): CopiedPart[] {
  const known = new Map(rows.map((row) => [row.partNumber, row]));
  return Array.from({ length: lastPart - firstPart + 1 }, (_, index) => {
    const partNumber = firstPart + index;
    return known.get(partNumber) ?? { partNumber, bytes: partLength(plan, partNumber), etag: '', round: 0 };
  });
}

type ToRead = { readonly plan: Plan; readonly left: readonly CopiedPart[]; readonly pin: ObjectFacts };

async function open(ports: Ports, transfer: Transfer, { plan, left, pin }: ToRead): Promise<Stores> {
  const object = { store: await ports.written(transfer, pin), pin };
  const asksSource = left.some(({ crc32 }) => crc32 === undefined) && transfer.source !== undefined;
  const source = asksSource ? { store: await openSource(ports, transfer), pin: transfer.source } : undefined;
  return { plan, object, target: await ports.target(transfer), source };
}

async function readPart(work: BatchWork, stores: Stores, part: CopiedPart): Promise<void> {
  const { ports, transfer, ledger } = work;
  const startedMs = ports.clock.nowMs();
  const { retry } = transfer.request;
  const onRetry = (error: unknown) => {
    ledger.partRetried(part.partNumber, error);
    ports.log('a part is read again', { partNumber: part.partNumber, ...nameAndMessage(error) });
  };
  // We report damage only after we have seen it twice.
  const twice = { ...retry, count: Math.max(1, retry.count) };
  const retrying = { clock: ports.clock, retry: twice, signal: work.signal, closing: work.closing, onRetry };
  const crc32 = await retryPart(retrying, () => compare(work, stores, part));
  const mark = { round: transfer.round, crc32, of: writeOf(stores.object.pin) };
  await ports.checkpoints.recordPart(transfer.transferId, uploadOf(transfer), { ...part, readBack: mark });
  ledger.partDone(part);
  work.deadline.partTook(ports.clock.nowMs() - startedMs);
}

/** One reading of one part. Throws Damaged if the target does not hold what was sent, or what the source has. */
async function compare(work: BatchWork, stores: Stores, part: CopiedPart): Promise<number> {
  const { plan, object, target } = stores;
  const { partNumber, crc32: sent } = part;
  const name = targetName(work.transfer.request.target);
  const at = `Part ${partNumber} of ${plan.partCount}`;
  const { first, last } = partRange(plan, partNumber);
  const damaged = (what: string, cause?: unknown) =>
    new TransferError('Damaged', `${at} (bytes ${first}–${last}) ${what}. Do not use the object at ${name}.`, {
      partNumber,
      cause,
    });
  const watch = (meter: Meter) => work.ledger.watch(partNumber, meter);
  const found = await crcOf(work, { ...object, plan, partNumber, what: `${at}, read back`, from: name, watch }).catch(
    async (error) => {
      // The store has found the damage by itself. Swift does so after the damaged bytes were read once.
      if (isNamed(error, 'Damaged'))
        throw damaged(`could not be read back: ${error.message.replace(/\.$/, '')}`, error);
      // Nobody asked for reading back. It looks for the part of which the whole is wrong.
      if (isNamed(error, 'Refused') && !asksForReadBack(work.transfer))
        throw damaged(`may be the damaged one: the whole has another checksum, and reading is refused`, error);
      throw await whyRefused(work, target, error);
    },
  );
  const expected = sent ?? (await crcAtSource(work, stores, partNumber));
  if (found === expected) return found;
  const whose = sent === undefined ? 'the source has' : 'it was sent with';
  throw damaged(`was read back with CRC32 ${crc32Hex(found)}, but ${whose} CRC32 ${crc32Hex(expected)}`);
}

/**
 * For a part that we did not send, reads the source once more and compares with it. The part's bytes are in flight
 * already, since the target was read before.
 */
function crcAtSource(work: BatchWork, { source, plan }: Stores, partNumber: number): Promise<number> {
  if (!source) throw new TransferError('Stopped', `Transfer ${work.transfer.transferId} has no pinned source.`);
  const what = `Part ${partNumber} of ${plan.partCount}, read again`;
  return crcOf(work, { ...source, plan, partNumber, what, from: 'the source', watch: () => {} });
}

type Reading = Pinned & {
  readonly plan: Plan;
  readonly partNumber: number;
  readonly what: string;
  readonly from: string;
  readonly watch: Relay['watch'];
};

/** The CRC32 of one range. Its bytes go nowhere. */
async function crcOf({ ports, limit, signal }: BatchWork, reading: Reading): Promise<number> {
  const { store, pin, plan, partNumber, what, from, watch } = reading;
  const { measured } = await relay({
    what,
    from,
    bytes: partLength(plan, partNumber),
    md5: false,
    crcs: [],
    clock: ports.clock,
    limit,
    signal,
    watch,
    open: (ofAttempt) => store.read(partRange(plan, partNumber), pin, ofAttempt),
    write: discard,
  });
  return measured.crc32;
}

const discard: Relay['write'] = async (body, signal) => {
  await finished(body.resume(), { signal }).catch((error) => {
    throw signal.aborted ? signal.reason : error;
  });
  return { etag: '', etagIsMd5: false };
};

/**
 * Why reading the target failed. If it says that the object has changed, we look at the object before we believe it.
 */
async function whyRefused({ ports, transfer }: BatchWork, target: TargetStore, error: unknown): Promise<unknown> {
  if (!isNamed(error, 'SourceChanged')) return error;
  const present = await completedObject(ports, target, transfer).catch((changed: unknown) => changed);
  if (present instanceof Error) return present;
  const name = targetName(transfer.request.target);
  // Perhaps a late Lambda of ours wrote the object once more, or the target refused without a reason. The next round
  // looks again.
  return new TransferError(
    'Unreachable',
    `${name} is still the object that Partway completed, but it could not be read: ${error.message}`,
    {
      cause: error,
    },
  );
}
