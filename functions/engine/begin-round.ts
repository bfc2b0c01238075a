import { batchesOf } from '../transfer/batches.ts';
import { TransferError } from '../transfer/errors.ts';
import { batchesThatFit, HISTORY_EVENTS_MAX } from '../transfer/history.ts';
import type { PlanOutput } from '../transfer/messages.ts';
import { waitBefore } from '../transfer/patience.ts';
import { missingParts, type Plan } from '../transfer/plan.ts';
import type { Ports } from '../transfer/ports.ts';
import { partDoneAt, tallyNow } from '../transfer/progress.ts';
import type { BatchReport } from '../transfer/tally.ts';
import type { CopiedPart, Transfer } from '../transfer/transfer.ts';
import { refuseToGoOn } from './refuse-to-go-on.ts';

// After a round that brought nothing, one wave is enough to find out whether anything gets through.
const BATCHES_AFTER_IDLE = 40;

export type Standing = {
  readonly transfer: Transfer;
  readonly plan: Plan;
  /** The parts that need nothing more in this phase: copied, or after Complete read back. */
  readonly done: readonly CopiedPart[];
  readonly arn: string;
};

/** Writes the round down and hands it out. Throws Stalled when patience has ended, HistoryFull when there is no room. */
export async function beginRound(ports: Ports, standing: Standing): Promise<PlanOutput> {
  const { transfer, plan, done, arn } = standing;
  const nowMs = ports.clock.nowMs();
  const missing = missingParts(plan, new Set(done.map((part) => part.partNumber)));
  const reports = await ports.checkpoints.reports(transfer.transferId);
  const { idleRounds, progressAtMs } = idleness(standing, reports, nowMs);
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
  const next = nextStep(transfer, missing);
  const batches = next === 'copy-whole' ? [] : batchesOf(plan, missing, batchCountMax);
  const stored = await ports.checkpoints.change(transfer.transferId, (now) => {
    refuseToGoOn(now, arn);
    if (now.round !== transfer.round)
      throw new TransferError('Incomplete', `Round ${now.round} was begun by another call.`);
    return { ...nextRound(now, standing, reports), idleRounds, progressAtMs, updatedAtMs: nowMs };
  });
  return handOut(stored, { next, waitSeconds, batches });
}

function nextStep({ completed, method }: Transfer, missing: readonly number[]): PlanOutput['next'] {
  if (missing.length === 0) return 'complete';
  if (completed) return 'read-back';
  return method === 'whole' ? 'copy-whole' : 'copy-parts';
}

/** A Complete that comes back without success is no progress either: nothing was copied since. */
function idleness(
  { transfer, done }: Standing,
  reports: readonly BatchReport[],
  nowMs: number,
): { idleRounds: number; progressAtMs: number } {
  const { completed, tally, round } = transfer;
  if (round === (completed?.round ?? 0)) return { idleRounds: 0, progressAtMs: nowMs };
  const progressed = done.length > (completed ? tally.partsReadBack : tally.partsCopied);
  if (progressed) return { idleRounds: 0, progressAtMs: partDoneAt(transfer, reports) };
  return { idleRounds: transfer.mistrusted ? 0 : transfer.idleRounds + 1, progressAtMs: transfer.progressAtMs };
}

function nextRound(now: Transfer, { done, plan }: Standing, reports: readonly BatchReport[]): Transfer {
  const bytes = done.reduce((sum, part) => sum + part.bytes, 0);
  const counted = now.completed
    ? { partsCopied: plan.partCount, bytesCopied: plan.objectBytes, partsReadBack: done.length, bytesReadBack: bytes }
    : { partsCopied: done.length, bytesCopied: bytes };
  const { bytesInFlight: _, ...tally } = { ...tallyNow(now, reports), ...counted };
  return {
    ...now,
    state: 'copying',
    round: now.round + 1,
    tally,
    noted: undefined,
    failure: undefined,
    awaySinceMs: undefined,
    mistrusted: false,
  };
}

/** Throws HistoryFull. */
export async function batchesLeft(ports: Ports, arn: string): Promise<number> {
  const events = await ports.executions.eventCount(arn);
  const batchCountMax = batchesThatFit(events);
  if (batchCountMax > 0) return batchCountMax;
  throw new TransferError(
    'HistoryFull',
    `The execution's history has ${events} of ${HISTORY_EVENTS_MAX} events; there is no room for another round.`,
  );
}

function stalled({ request, plan, noted, completed }: Transfer, missing: readonly number[]): TransferError {
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  const what =
    missing.length > 0
      ? `${missing.length} of ${plan?.partCount} parts are ${completed ? 'not read back' : 'missing'} (${shown}).`
      : `all parts are ${completed ? 'read back, but the transfer cannot be ended' : 'there, but they cannot be completed'}.`;
  const last = noted ? ` The last error: ${noted.name}: ${noted.message}` : '';
  return new TransferError(
    'Stalled',
    `No part was ${completed ? 'read back' : 'copied'} for ${request.patienceSeconds} s; ${what}${last}`,
  );
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
