import type { Batch } from '../../transfer/batches.ts';
import { shareOf } from '../../transfer/budgets/bandwidth.ts';
import { idleMsOf } from '../../transfer/budgets/idleness.ts';
import { isNamed, nameAndMessage, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { phaseOf, phaseTexts } from '../../transfer/views/phase.ts';
import { note } from '../claim/note.ts';
import type { Ports } from '../ports/ports.ts';
import { batchDeadline } from './batch-deadline.ts';
import { type BatchLedger, openLedger } from './batch-ledger.ts';
import { openStop } from './batch-stop.ts';
import { openInFlight } from './in-flight.ts';
import { type DoPart, inLanes, type Shared } from './in-lanes.ts';
import { type LaneCount, openLaneCount } from './lane-count.ts';
import { openLimiter } from './limiter.ts';

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
  doPart: DoPart,
): Promise<void> {
  await refuseHopeless(ports, transfer);
  const inFlight = openInFlight(ports.clock);
  const ledger = await openLedger(ports, { transfer, batch, present, inFlight });
  const ending = new AbortController();
  const deadline = batchDeadline(ports, ending);
  const stop = openStop(ports.clock, transfer, inFlight);
  const limit = openLimiter(ports.clock, shareOf(transfer));
  const count = openLaneCount(ports.clock, transfer, { inFlight, share: limit.bytesPerSecond });
  const reporting = new AbortController();
  await ledger.report(); // before the first byte, so that this Lambda counts even if it dies
  const reports = ledger.keepReporting(reporting.signal, (now) => {
    stop.heard(now);
    // While a round ends, its parts finish at the rate that they had.
    if (now.round === transfer.round && now.roundEndsByMs === undefined) limit.change(shareOf(now));
  });
  const shared: Shared = { ports, transfer, ledger: heeding(ledger, count), deadline, limit, ending, stop, count };
  const failures = await inLanes(shared, queue, doPart).finally(() => reporting.abort());
  deadline.clear();
  await reports;
  await ledger.report();
  await concludeBatch(shared, batch, failures);
}

/** The ledger hears of each attempt that failed. So the lanes hear of those that a store has throttled. */
function heeding(ledger: BatchLedger, count: LaneCount): BatchLedger {
  return {
    ...ledger,
    partRetried: (partNumber, error) => {
      if (isNamed(error, 'Throttled')) count.throttled();
      ledger.partRetried(partNumber, error);
    },
  };
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
 * Notes one failure for Plan. It is the gravest one, so that forty time-outs do not hide a wrong password. Throws
 * Incomplete if trying again may help.
 */
async function concludeBatch(
  { ports, transfer }: Pick<Shared, 'ports' | 'transfer'>,
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
