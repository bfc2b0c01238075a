import type { WriteAnswer } from '../../transfer/at-stores.ts';
import type { Batch } from '../../transfer/batches.ts';
import { nameAndMessage, remedyOf, TransferError } from '../../transfer/errors.ts';
import { type Plan, partLength, partRange } from '../../transfer/plan.ts';
import { idleMsOf } from '../../transfer/reckoning/idleness.ts';
import { type CopiedPart, type Transfer, uploadOf } from '../../transfer/transfer.ts';
import type { OtherCrc } from '../../transfer/values/checksums.ts';
import { note, noting } from '../claim/note.ts';
import type { Ports, SourceStore } from '../ports/ports.ts';
import { type CopyInStore, openStoreCopies, type StoreCopies } from '../stores/store-copies.ts';
import { type BatchDeadline, batchDeadline } from './batch-deadline.ts';
import { type BatchLedger, openLedger } from './batch-ledger.ts';
import type { Metered } from './meter.ts';
import { type Relay, relay } from './relay.ts';
import { retryPart } from './retry-part.ts';

/** How the bytes of a part reach the target: as a part of the upload, or as the whole object. */
export type WritePart = (
  part: { partNumber: number; bytes: number },
  ...args: Parameters<Relay['write']>
) => Promise<WriteAnswer>;

/** What is computed of every part, beside its CRC32. */
export type Sums = { readonly md5: boolean; readonly crcs: readonly OtherCrc[] };

type Work = BatchWork &
  Sums & {
    readonly plan: Plan;
    readonly source: SourceStore;
    readonly write: WritePart;
    readonly copies: StoreCopies;
  };

/** What the parts of one batch share, whatever is done with them. */
export type BatchWork = {
  readonly ports: Ports;
  readonly transfer: Transfer;
  readonly ledger: BatchLedger;
  readonly deadline: BatchDeadline;
  /** Ends the batch: time is up, somebody cancelled, or an error that no repetition cures. */
  readonly ending: AbortController;
};

/**
 * Copies what is missing of a batch and records each part after the target has answered for it. Never decides: what
 * cannot be copied is noted for Plan. Throws Incomplete when trying again may help.
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
  const source = await noting(ports, transfer, () => ports.source(transfer));
  const copies = openStoreCopies(ports, transfer, plan, copy);
  await workThrough({ ports, transfer, batch, present }, missingOf(batch, present), (work, partNumber) =>
    copyPart({ ...work, plan, source, ...writer, copies }, partNumber),
  );
}

type BatchRun = {
  readonly ports: Ports;
  readonly transfer: Transfer;
  readonly batch: Batch;
  readonly present: readonly CopiedPart[];
};

/** Does something with each part of a queue, in lanes, within the Lambda's time; reports meanwhile, and notes what failed. */
export async function workThrough(
  { ports, transfer, batch, present }: BatchRun,
  queue: number[],
  doPart: (work: BatchWork, partNumber: number) => Promise<void>,
): Promise<void> {
  await refuseHopeless(ports, transfer);
  const ledger = await openLedger(ports, transfer, batch, present);
  const ending = new AbortController();
  const deadline = batchDeadline(ports, ending);
  const work: BatchWork = { ports, transfer, ledger, deadline, ending };
  const reporting = new AbortController();
  await ledger.report(); // before the first byte, so that a Lambda that dies is counted all the same
  const reports = ledger.keepReporting(reporting.signal, () =>
    ending.abort(new TransferError('Stopped', 'The transfer was cancelled or paused.')),
  );
  const failures = await inLanes(work, queue, doPart).finally(() => reporting.abort());
  deadline.clear();
  await reports;
  await ledger.report();
  await concludeBatch(work, batch, failures);
}

// The state machine's own attempts, which come before patience counts.
const ATTEMPTS_MS = 60_000;

/**
 * Where something went wrong in this round, and nobody has finished a part for longer than patience lasts, the batches that
 * are left would each try in vain for a minute. Throws Stalled, which no state retries; Plan judges the round.
 */
async function refuseHopeless(ports: Ports, transfer: Transfer): Promise<void> {
  if (transfer.noted?.round !== transfer.round) return;
  const idleMs = idleMsOf(transfer, await ports.checkpoints.reports(transfer.transferId), ports.clock.nowMs());
  if (idleMs < Math.max(transfer.request.patienceSeconds * 1000, ATTEMPTS_MS)) return;
  throw new TransferError('Stalled', `No part was finished for ${Math.round(idleMs / 1000)} s.`);
}

function missingOf(batch: Batch, present: readonly CopiedPart[]): number[] {
  const there = new Set(present.map((part) => part.partNumber));
  const all = Array.from({ length: batch.lastPart - batch.firstPart + 1 }, (_, index) => batch.firstPart + index);
  return all.filter((partNumber) => !there.has(partNumber));
}

/** Runs `partsAtOnce` lanes over the queue; each lane takes the next part until the queue is empty or the batch ends. */
async function inLanes(
  work: BatchWork,
  queue: number[],
  doPart: (work: BatchWork, partNumber: number) => Promise<void>,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  const lane = async () => {
    for (let partNumber = queue.shift(); partNumber !== undefined; partNumber = queue.shift()) {
      if (work.ending.signal.aborted || !work.deadline.leavesTimeForAPart()) {
        failures.push(
          new TransferError('Incomplete', `Part ${partNumber} was not begun: the time of this Lambda is nearly up.`, {
            partNumber,
          }),
        );
        return;
      }
      await doPart(work, partNumber).catch((error) => {
        failures.push(error);
        if (!(error instanceof TransferError) || remedyOf(error.name) !== 'retry') work.ending.abort(error);
      });
    }
  };
  await Promise.all(Array.from({ length: work.transfer.request.partsAtOnce }, lane));
  return failures;
}

async function copyPart(work: Work, partNumber: number): Promise<void> {
  const { ports, transfer, plan, ledger } = work;
  const startedMs = ports.clock.nowMs();
  const onRetry = (error: unknown) => {
    ledger.partRetried(error);
    ports.log('a part is tried again', { partNumber, ...nameAndMessage(error) });
  };
  const retrying = { clock: ports.clock, retry: transfer.request.retry, signal: work.ending.signal, onRetry };
  const { answer, measured } = await retryPart(retrying, () => movePart(work, partNumber));
  const part = {
    partNumber,
    bytes: partLength(plan, partNumber),
    etag: answer.etag,
    ...(measured ? sumsOf(work, measured) : { copiedInStore: true as const }),
    round: transfer.round,
  };
  await ports.checkpoints.recordPart(transfer.transferId, uploadOf(transfer), part);
  ledger.partDone(part);
  if (measured) await work.copies.streamed();
  work.deadline.partTook(ports.clock.nowMs() - startedMs);
}

function sumsOf({ crcs }: Work, measured: Metered): Pick<CopiedPart, 'crc32' | 'crcs'> {
  return { crc32: measured.crc32, ...(crcs.length > 0 ? { crcs: measured.crcs } : {}) };
}

/** The store copies the part by itself, or its bytes are streamed; then `measured` says what went through us. */
async function movePart(work: Work, partNumber: number): Promise<{ answer: WriteAnswer; measured?: Metered }> {
  const part = { partNumber, bytes: partLength(work.plan, partNumber) };
  const answer = await work.copies.tryCopy(part, work.ending.signal);
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
    signal: work.ending.signal,
    open: (signal) => source.read(partRange(plan, partNumber), pin, signal),
    write: (body, signal) => work.write({ partNumber, bytes }, body, signal),
    watch: work.ledger.watch,
  });
}

/** One failure is noted for Plan: the gravest, so that a wrong password is not hidden by forty time-outs. */
async function concludeBatch(
  { ports, transfer }: BatchWork,
  batch: Batch,
  failures: readonly unknown[],
): Promise<void> {
  const grave = failures.find((error) => !(error instanceof TransferError) || remedyOf(error.name) !== 'retry');
  const gravest = grave ?? failures.at(-1);
  if (gravest === undefined) return;
  await note(ports, transfer, gravest);
  const { name, message } = nameAndMessage(gravest);
  ports.log('a batch ended with parts missing', { ...batch, failures: failures.length, name, reason: message });
  if (grave !== undefined) return;
  const parts = `${failures.length} parts of ${batch.firstPart}–${batch.lastPart}`;
  throw new TransferError(
    'Incomplete',
    `${parts} are ${transfer.completed ? 'not read back' : 'missing'}. The last error: ${name}: ${message}`,
  );
}
