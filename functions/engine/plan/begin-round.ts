import { atOnceNext, BATCHES_A_ROUND_MAX, type Batch, batchesOf, partsPerBatch } from '../../transfer/batches.ts';
import { lambdasAtOnce, partsPerBatchWithin } from '../../transfer/budgets/bandwidth.ts';
import { handOn } from '../../transfer/budgets/history.ts';
import { type Idleness, idleness, LOST_MS_MAX } from '../../transfer/budgets/idleness.ts';
import { waitBefore } from '../../transfer/budgets/patience.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { PlanInput, PlanOutput } from '../../transfer/messages.ts';
import { missingParts, type Plan } from '../../transfer/plan.ts';
import { type BatchReport, lostUntil } from '../../transfer/tally.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { phaseOf, phaseTexts } from '../../transfer/views/phase.ts';
import { tallyNow } from '../../transfer/views/progress.ts';
import { refuseToRevive } from '../claim/refuse-to-go-on.ts';
import type { Ports } from '../ports/ports.ts';
import { handOut, handOutLater } from './hand-out.ts';
import { lookAtHistory, whatFits } from './history-room.ts';

// After a round that copied nothing, one wave of batches shows whether anything works now.
const BATCHES_AFTER_IDLE = 40;
// If Lambda had no room for any batch of a round, a few batches show whether it has room now. With so few, a day of
// such rounds does not fill the history.
const BATCHES_WITHOUT_ROOM = 4;

export type RoundStart = {
  readonly transfer: Transfer;
  readonly plan: Plan;
  /** The parts that are done in this phase: copied, or, after Complete, read back. */
  readonly done: readonly CopiedPart[];
  readonly attempt: PlanInput;
};

/**
 * Records the next round and hands out its batches, as many as the history has room for. Throws Stalled if patience has
 * ended, and HistoryFull if the history has no room.
 */
export async function beginRound(ports: Ports, start: RoundStart): Promise<PlanOutput> {
  const { transfer, plan, done, attempt } = start;
  const { arn } = attempt.execution;
  const nowMs = ports.clock.nowMs();
  const missing = missingParts(plan, new Set(done.map((part) => part.partNumber)));
  const reports = await ports.checkpoints.reports(transfer.transferId);
  const idle = idleness(transfer, { partsDone: done.length, reports, nowMs });
  const waitSeconds = waitOf(transfer, idle, missing);
  const next = nextStep(transfer, missing);
  const wanted = isInBatches(next) ? batchesWanted(start, missing, idle) : [];
  const history = await lookAtHistory(ports, attempt, isInBatches(next) ? { batches: wanted.length } : next);
  const batches = whatFits(history, next, wanted);
  if (!batches) return handOutLater(ports, transfer, history);
  const stored = await ports.checkpoints.change(transfer.transferId, (now) => {
    refuseToRevive(now, arn);
    if (now.round !== transfer.round) throw new TransferError('Incomplete', `Another call began round ${now.round}.`);
    const { idleRounds, progressAtMs, lost } = idle;
    const then = nextRound(now, start, reports);
    const lambdas = atWorkAtOnce(then, batches);
    const handedOut = { next, atMs: nowMs, waitMs: waitSeconds * 1000, lambdas };
    return {
      ...then,
      idleRounds,
      progressAtMs,
      lost,
      handedOut,
      updatedAtMs: nowMs,
    };
  });
  return handOut(stored, {
    next,
    waitSeconds,
    batches,
    history: handOn(history.now, { choices: 2, waits: waitSeconds > 0 }),
  });
}

/**
 * How many seconds to wait before the round. If Lambda had no room, the retries of the states have waited already, so
 * we do not wait here. Throws Stalled.
 */
function waitOf(transfer: Transfer, idle: Idleness, missing: readonly number[]): number {
  const { patienceSeconds } = transfer.request;
  const waitSeconds = waitBefore({ ...idle, patienceSeconds });
  if (waitSeconds === undefined) throw stalled(transfer, missing, `for ${patienceSeconds} s`);
  if (!idle.foundNoRoom) return waitSeconds;
  const lostMs = idle.lost?.ms ?? 0;
  if (lostMs < LOST_MS_MAX) return 0;
  const hours = Math.floor(lostMs / 3_600_000);
  throw stalled(
    transfer,
    missing,
    `for ${hours} hours in which Lambda had no room for a batch, or could not begin one`,
  );
}

type Next = Exclude<PlanOutput['next'], 'wait'>;

function nextStep({ readingBack, method }: Transfer, missing: readonly number[]): Next {
  if (missing.length === 0) return 'complete';
  if (readingBack) return 'read-back';
  return method === 'whole' ? 'copy-whole' : 'copy-parts';
}

function isInBatches(next: Next): next is 'copy-parts' | 'read-back' {
  return next === 'copy-parts' || next === 'read-back';
}

function batchesWanted({ plan, transfer }: RoundStart, missing: readonly number[], idle: Idleness): Batch[] {
  const usual = partsPerBatch(plan, transfer.request.speed);
  const size = partsPerBatchWithin(plan, transfer.request, { missing: missing.length, usual });
  return batchesOf(plan, missing, { countMax: batchCountMax(idle), size });
}

/** How many Lambdas copy at once in this round. *Copy whole* is one. */
function atWorkAtOnce({ request, batchesAtOnce }: Transfer, batches: readonly Batch[]): number {
  return Math.min(lambdasAtOnce(request, batchesAtOnce), Math.max(1, batches.length));
}

function batchCountMax({ idleRounds, foundNoRoom }: Idleness): number {
  if (foundNoRoom) return BATCHES_WITHOUT_ROOM;
  return idleRounds > 0 ? BATCHES_AFTER_IDLE : BATCHES_A_ROUND_MAX;
}

function nextRound(now: Transfer, { done, plan }: RoundStart, reports: readonly BatchReport[]): Transfer {
  const bytes = done.reduce((sum, part) => sum + part.bytes, 0);
  const counted = now.readingBack
    ? { partsCopied: plan.partCount, bytesCopied: plan.objectBytes, partsReadBack: done.length, bytesReadBack: bytes }
    : { partsCopied: done.length, bytesCopied: bytes };
  const { bytesInFlight, bytesTooSlow: _, ...before } = tallyNow(now, reports);
  const bytesDone = now.readingBack ? before.bytesReadBack : before.bytesCopied;
  const bytesLost = lostUntil({ ...before, bytesDone, bytesInFlight }, bytes);
  return {
    ...now,
    batchesAtOnce: atOnceIn(now, reports),
    state: 'copying',
    round: now.round + 1,
    tally: { ...before, ...counted, bytesLost },
    noted: undefined,
    failure: undefined,
    awaySinceMs: undefined,
    roundEndsByMs: undefined,
    mistrusted: false,
  };
}

/** `undefined`: as many as the request says. */
function atOnceIn({ request, batchesAtOnce: now, round, noted }: Transfer, reports: readonly BatchReport[]) {
  const ran = reports.filter((report) => report.round === round).length;
  // Plan goes on after Refused only if it was a limit.
  const tookNoMore = noted?.round === round && ['Throttled', 'Refused'].includes(noted.name);
  const asked = request.batchesAtOnce;
  const next = atOnceNext({ asked, now: now ?? asked }, ran, tookNoMore);
  return next < asked ? next : undefined;
}

function stalled(transfer: Transfer, missing: readonly number[], why: string): TransferError {
  const { plan, noted } = transfer;
  const { done, notDone, left } = phaseTexts[phaseOf(transfer)];
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  const what =
    missing.length > 0
      ? `${missing.length} of ${plan?.partCount} parts are ${notDone} (${shown}).`
      : `all parts are ${left}.`;
  const last = noted ? ` The last error: ${noted.name}: ${noted.message}` : '';
  return new TransferError('Stalled', `No part was ${done} ${why}; ${what}${last}`);
}
