import type { WriteAnswer } from '../../transfer/at-stores.ts';
import type { Batch } from '../../transfer/batches.ts';
import { isNamed, nameAndMessage, TransferError } from '../../transfer/errors.ts';
import { type Plan, partLength, partRange } from '../../transfer/plan.ts';
import { type CopiedPart, type Transfer, uploadOf } from '../../transfer/transfer.ts';
import type { OtherCrc } from '../../transfer/values/checksums.ts';
import { noting } from '../claim/note.ts';
import type { Ports, SourceStore } from '../ports/ports.ts';
import { openSource } from '../stores/kept-url.ts';
import { type CopyInStore, openStoreCopies, type StoreCopies } from '../stores/store-copies.ts';
import type { BatchWork } from './in-lanes.ts';
import type { Metered } from './meter.ts';
import { type Relay, relay } from './relay.ts';
import { retryPart } from './retry-part.ts';
import { workThrough } from './work-through.ts';

/** How the bytes of a part reach the target: as a part of the upload, or as the whole object. */
export type WritePart = (
  part: { partNumber: number; bytes: number },
  ...args: Parameters<Relay['write']>
) => Promise<WriteAnswer>;

/** The checksums to compute of every part, beside its CRC32. */
export type Sums = { readonly md5: boolean; readonly crcs: readonly OtherCrc[] };

type Work = BatchWork &
  Sums & {
    readonly plan: Plan;
    readonly source: SourceStore;
    readonly write: WritePart;
    readonly copies: StoreCopies;
  };

/**
 * Copies the missing parts of a batch, and records each part after the target has answered. It decides nothing: it
 * notes errors for Plan. Throws Incomplete if trying again may help.
 */
export async function copyParts(
  ports: Ports,
  transfer: Transfer,
  batch: Batch,
  { copy, ...writer }: Sums & { readonly write: WritePart; readonly copy: CopyInStore },
): Promise<void> {
  const { plan } = transfer;
  if (!plan) throw new TransferError('Stopped', `Transfer ${transfer.transferId} has no plan.`);
  const present = await ports.checkpoints.parts(
    transfer.transferId,
    uploadOf(transfer),
    batch.firstPart,
    batch.lastPart,
  );
  const source = await noting(ports, transfer, () => openSource(ports, transfer));
  const copies = openStoreCopies(ports, transfer, plan, copy);
  await workThrough({ ports, transfer, batch, present }, missingOf(batch, present), (work, partNumber) =>
    copyPart({ ...work, plan, source, ...writer, copies }, partNumber),
  );
}

function missingOf(batch: Batch, present: readonly CopiedPart[]): number[] {
  const there = new Set(present.map((part) => part.partNumber));
  const all = Array.from({ length: batch.lastPart - batch.firstPart + 1 }, (_, index) => batch.firstPart + index);
  return all.filter((partNumber) => !there.has(partNumber));
}

async function copyPart(work: Work, partNumber: number): Promise<void> {
  const { ports, transfer, plan, ledger } = work;
  const startedMs = ports.clock.nowMs();
  const onRetry = (error: unknown) => {
    ledger.partRetried(partNumber, error);
    ports.log('a part is tried again', { partNumber, ...nameAndMessage(error) });
  };
  const { retry } = transfer.request;
  const retrying = { clock: ports.clock, retry, signal: work.signal, closing: work.closing, onRetry };
  const { answer, measured } = await retryPart(retrying, () => movePart(work, partNumber));
  const part = {
    partNumber,
    bytes: partLength(plan, partNumber),
    etag: answer.etag,
    ...(measured ? sumsOf(work, measured) : { copiedInStore: true as const }),
    round: transfer.round,
  };
  await ports.checkpoints.recordPart(transfer.transferId, uploadOf(transfer), part).catch((error: unknown) => {
    throw unrecorded(partNumber, error);
  });
  ledger.partDone(part);
  if (measured) await work.copies.streamed();
  work.deadline.partTook(ports.clock.nowMs() - startedMs);
}

/**
 * The table throttled, and not the store. Perhaps the record was written all the same, so the next attempt looks before it
 * sends the part again.
 */
function unrecorded(partNumber: number, cause: unknown): unknown {
  if (!isNamed(cause, 'Throttled')) return cause;
  return new TransferError('Incomplete', `Part ${partNumber} was sent, but not recorded: ${cause.message}`, {
    partNumber,
    cause,
  });
}

function sumsOf({ crcs }: Work, measured: Metered): Pick<CopiedPart, 'crc32' | 'crcs'> {
  return { crc32: measured.crc32, ...(crcs.length > 0 ? { crcs: measured.crcs } : {}) };
}

/**
 * The store copies the part by itself, or its bytes are streamed. If they were streamed, `measured` says what passed
 * through us.
 */
async function movePart(work: Work, partNumber: number): Promise<{ answer: WriteAnswer; measured?: Metered }> {
  const part = { partNumber, bytes: partLength(work.plan, partNumber) };
  const answer = await work.copies.tryCopy(part, work.signal);
  return answer ? { answer } : relayPart(work, partNumber);
}

function relayPart(work: Work, partNumber: number) {
  const { ports, transfer, plan, source } = work;
  const pin = transfer.source;
  if (!pin) throw new TransferError('Stopped', `Transfer ${transfer.transferId} has no pinned source.`);
  const bytes = partLength(plan, partNumber);
  return relay({
    what: `Part ${partNumber} of ${plan.partCount}`,
    bytes,
    md5: work.md5,
    crcs: work.crcs,
    clock: ports.clock,
    limit: work.limit,
    signal: work.signal,
    open: (signal) => source.read(partRange(plan, partNumber), pin, signal),
    write: (body, signal) => work.write({ partNumber, bytes }, body, signal),
    watch: (meter) => work.ledger.watch(partNumber, meter),
  });
}
