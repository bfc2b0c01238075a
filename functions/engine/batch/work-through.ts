import type { Batch } from '../../transfer/batches.ts';
import { idleMsOf } from '../../transfer/budgets/idleness.ts';
import { isNamed, nameAndMessage, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { phaseOf, phaseTexts } from '../../transfer/views/phase.ts';
import { note } from '../claim/note.ts';
import type { Ports } from '../ports/ports.ts';
import { type BatchDeadline, batchDeadline } from './batch-deadline.ts';
import { type BatchLedger, openLedger } from './batch-ledger.ts';

/** What the parts of one batch share, whether they are copied or read back. */
export type BatchWork = {
  readonly ports: Ports;
  readonly transfer: Transfer;
  readonly ledger: BatchLedger;
  readonly deadline: BatchDeadline;
  /**
   * Aborted when the batch must end: its time is up, somebody asked to abort or pause, or an error came that no
   * repetition cures.
   */
  readonly ending: AbortController;
};

type BatchRun = {
  readonly ports: Ports;
  readonly transfer: Transfer;
  readonly batch: Batch;
  readonly present: readonly CopiedPart[];
};

/**
 * Works through a queue of parts in lanes, within the Lambda's time. Writes reports meanwhile, and notes what failed.
 */
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
  await ledger.report(); // before the first byte, so that this Lambda counts even if it dies
  const reports = ledger.keepReporting(reporting.signal, () =>
    ending.abort(new TransferError('Stopped', 'The transfer was cancelled or paused.')),
  );
  const failures = await inLanes(work, queue, doPart).finally(() => reporting.abort());
  deadline.clear();
  await reports;
  await ledger.report();
  await concludeBatch(work, batch, failures);
}

// The state machine's own attempts take this long, so patience begins to count after them.
const ATTEMPTS_MS = 60_000;

/**
 * Throws Stalled if something failed in this round, and no part has finished within the patience limit. Otherwise each
 * batch that is left would try in vain for a minute. No state retries Stalled, so Plan judges the round.
 */
async function refuseHopeless(ports: Ports, transfer: Transfer): Promise<void> {
  if (transfer.noted?.round !== transfer.round) return;
  const idleMs = idleMsOf(transfer, await ports.checkpoints.reports(transfer.transferId), ports.clock.nowMs());
  if (idleMs < Math.max(transfer.request.patienceSeconds * 1000, ATTEMPTS_MS)) return;
  throw new TransferError('Stalled', `No part has finished for ${Math.round(idleMs / 1000)} s.`);
}

/**
 * Runs `partsAtOnce` lanes over the queue. Each lane takes the next part until the queue is empty or the batch ends. While
 * a store throttles, there are fewer lanes.
 */
async function inLanes(
  work: BatchWork,
  queue: number[],
  doPart: (work: BatchWork, partNumber: number) => Promise<void>,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  let lanes = work.transfer.request.partsAtOnce;
  const begin = (partNumber: number) => {
    if (!work.ending.signal.aborted && work.deadline.leavesTimeForAPart()) return true;
    const message = `Part ${partNumber} was not begun: the time of this Lambda is nearly up.`;
    failures.push(new TransferError('Incomplete', message, { partNumber }));
    return false;
  };
  /** Gives the error if the part failed. */
  const tried = (partNumber: number) =>
    doPart(work, partNumber).then(
      () => undefined,
      (error: unknown) => error,
    );
  const lane = async () => {
    for (let partNumber = queue.shift(); partNumber !== undefined; partNumber = queue.shift()) {
      if (!begin(partNumber)) break;
      const error = await tried(partNumber);
      if (error === undefined) continue;
      work.ledger.partFailed(partNumber);
      // The store takes no more at once, so this lane leaves its part to the others, and ends.
      if (isNamed(error, 'Throttled') && lanes > 1) {
        queue.push(partNumber);
        break;
      }
      failures.push(error);
      if (!(error instanceof TransferError) || remedyOf(error.name) !== 'retry') work.ending.abort(error);
    }
    lanes -= 1;
  };
  await Promise.all(Array.from({ length: work.transfer.request.partsAtOnce }, lane));
  return failures;
}

/**
 * Notes one failure for Plan. It is the gravest one, so that forty time-outs do not hide a wrong password. Throws
 * Incomplete if trying again may help.
 */
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
  const parts = `${failures.length} of the parts ${batch.firstPart}–${batch.lastPart}`;
  throw new TransferError(
    'Incomplete',
    `${parts} are ${phaseTexts[phaseOf(transfer)].notDone}. The last error: ${name}: ${message}`,
  );
}
