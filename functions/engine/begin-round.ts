import { batchesOf } from '../transfer/batches.ts';
import { TransferError } from '../transfer/errors.ts';
import { batchesThatFit, HISTORY_EVENTS_MAX } from '../transfer/history.ts';
import type { PlanOutput } from '../transfer/messages.ts';
import { waitBefore } from '../transfer/patience.ts';
import { missingParts, type Plan } from '../transfer/plan.ts';
import type { Ports } from '../transfer/ports.ts';
import { tallyNow } from '../transfer/progress.ts';
import type { BatchReport, CopiedPart, Transfer } from '../transfer/transfer.ts';
import { refuseToGoOn } from './refuse-to-go-on.ts';

// After a round that brought nothing, one wave is enough to find out whether anything gets through.
const BATCHES_AFTER_IDLE = 40;

export type Standing = {
  readonly transfer: Transfer;
  readonly plan: Plan;
  readonly copied: readonly CopiedPart[];
  readonly arn: string;
};

/** Writes the round down and hands it out. Throws Stalled when patience has ended, HistoryFull when there is no room. */
export async function beginRound(ports: Ports, standing: Standing): Promise<PlanOutput> {
  const { transfer, plan, copied, arn } = standing;
  const nowMs = ports.clock.nowMs();
  const missing = missingParts(plan, new Set(copied.map((part) => part.partNumber)));
  const { idleRounds, progressAtMs } = idleness(standing, nowMs);
  const waitSeconds = waitBefore({
    idleRounds,
    idleMs: nowMs - progressAtMs,
    patienceSeconds: transfer.request.patienceSeconds,
  });
  if (waitSeconds === undefined) throw stalled(transfer, missing);
  const batchCountMax = Math.min(
    await batchesLeft(ports, arn),
    idleRounds > 0 ? BATCHES_AFTER_IDLE : Number.POSITIVE_INFINITY,
  );
  const batches = transfer.method === 'parts' ? batchesOf(plan, missing, batchCountMax) : [];
  const reports = await ports.checkpoints.reports(transfer.transferId);
  const stored = await ports.checkpoints.change(transfer.transferId, (now) => {
    refuseToGoOn(now, arn);
    if (now.round !== transfer.round)
      throw new TransferError('Incomplete', `Round ${now.round} was begun by another call.`);
    return { ...nextRound(now, copied, reports), idleRounds, progressAtMs, updatedAtMs: nowMs };
  });
  const next = missing.length === 0 ? 'complete' : transfer.method === 'whole' ? 'copy-whole' : 'copy-parts';
  return handOut(stored, { next, waitSeconds, batches });
}

/** A Complete that comes back without success is no progress either: nothing was copied since. */
function idleness({ transfer, copied }: Standing, nowMs: number): { idleRounds: number; progressAtMs: number } {
  const progressed = copied.length > transfer.tally.partsCopied || transfer.round === 0;
  if (progressed) return { idleRounds: 0, progressAtMs: nowMs };
  return { idleRounds: transfer.mistrusted ? 0 : transfer.idleRounds + 1, progressAtMs: transfer.progressAtMs };
}

function nextRound(now: Transfer, copied: readonly CopiedPart[], reports: readonly BatchReport[]): Transfer {
  const bytesCopied = copied.reduce((sum, part) => sum + part.bytes, 0);
  const { bytesInFlight: _, ...tally } = { ...tallyNow(now, reports), partsCopied: copied.length, bytesCopied };
  return {
    ...now,
    state: 'copying',
    round: now.round + 1,
    tally,
    noted: undefined,
    failure: undefined,
    mistrusted: false,
  };
}

async function batchesLeft(ports: Ports, arn: string): Promise<number> {
  const events = await ports.executions.eventCount(arn);
  const batchCountMax = batchesThatFit(events);
  if (batchCountMax > 0) return batchCountMax;
  throw new TransferError(
    'HistoryFull',
    `The execution's history has ${events} of ${HISTORY_EVENTS_MAX} events; there is no room for another round.`,
  );
}

function stalled({ request, plan, noted }: Transfer, missing: readonly number[]): TransferError {
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  const what =
    missing.length > 0
      ? `${missing.length} of ${plan?.partCount} parts are missing (${shown}).`
      : 'all parts are there, but they cannot be completed.';
  const last = noted ? ` The last error: ${noted.name}: ${noted.message}` : '';
  return new TransferError('Stalled', `No part was copied for ${request.patienceSeconds} s; ${what}${last}`);
}

export function handOut(transfer: Transfer, output: Partial<PlanOutput> & Pick<PlanOutput, 'next'>): PlanOutput {
  return {
    transferId: transfer.transferId,
    round: transfer.round,
    waitSeconds: 0,
    batchesAtOnce: transfer.request.batchesAtOnce,
    batches: [],
    ...output,
  };
}
