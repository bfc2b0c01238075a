import { batchesOf } from '../transfer/batches.ts';
import { isErrorName, remedyOf, TransferError } from '../transfer/errors.ts';
import { batchesThatFit } from '../transfer/history.ts';
import type { PlanInput, PlanOutput } from '../transfer/messages.ts';
import { waitBefore } from '../transfer/patience.ts';
import { missingParts, type Plan } from '../transfer/plan.ts';
import type { Ports } from '../transfer/ports.ts';
import { tallyNow } from '../transfer/progress.ts';
import type { CopiedPart, Transfer } from '../transfer/transfer.ts';
import { claim, readTransfer } from './claim.ts';
import { checkpointedParts, giveUpUpload, reconcile } from './reconcile.ts';
import { isOurs } from './target-rules.ts';

/**
 * One round begins here: what is planned, less what is copied, is handed out. Resume is not a mode; it is the next
 * round. Throws what a batch noted, by its own name, and Stalled or HistoryFull when going on makes no sense.
 */
export const planRound =
  (ports: Ports) =>
  async ({ transferId, execution }: PlanInput): Promise<PlanOutput> => {
    const transfer = (await claim(ports, transferId, execution)) ?? (await readTransfer(ports.checkpoints, transferId));
    const { plan } = transfer;
    if (transfer.state === 'copied') return handOut(transfer, { next: 'complete' });
    refuseToGoOn(transfer, execution.arn);
    if (!plan) throw new TransferError('UploadLost', `Transfer ${transferId} has no plan yet.`);
    if (transfer.noted?.name === 'UploadLost') return giveUpUpload(ports, transfer, transfer.noted.message);
    throwWhatWasNoted(transfer);
    const copied = await trustedParts(ports, transfer, plan);
    if (copied === 'completed') return handOut(transfer, { next: 'complete' });
    return nextRound(ports, transfer, plan, copied, execution.arn);
  };

function refuseToGoOn(transfer: Transfer, arn: string): void {
  if (transfer.cancelRequested || transfer.state === 'aborted')
    throw new TransferError('Cancelled', 'The transfer was cancelled.');
  if (transfer.pauseRequested) throw new TransferError('Stopped', 'The transfer was paused.');
  if (transfer.execution?.arn !== arn) {
    throw new TransferError('Stopped', `Another execution drives this transfer now: ${transfer.execution?.arn}.`);
  }
}

/** What a round can cure is not thrown; it is kept for the message of Stalled. */
function throwWhatWasNoted({ noted, round }: Transfer): void {
  if (!noted || noted.round !== round || remedyOf(noted.name) === 'retry') return;
  if (isErrorName(noted.name)) throw new TransferError(noted.name, noted.message);
  throw Object.assign(new Error(noted.message), { name: noted.name });
}

/** Asks the target too when there is reason: after a new start, and before Complete. */
async function trustedParts(ports: Ports, transfer: Transfer, plan: Plan): Promise<CopiedPart[] | 'completed'> {
  const parts = await checkpointedParts(ports, transfer);
  if (!transfer.mistrusted && parts.length < plan.partCount) return parts;
  const target = await ports.target(transfer);
  try {
    return await reconcile(ports, target, transfer);
  } catch (error) {
    if (!(error instanceof TransferError) || error.name !== 'UploadLost') throw error;
    // An upload is also gone when Complete succeeded and nobody heard the answer.
    if (isOurs(transfer, await target.inspect(transfer.request.target))) return 'completed';
    return giveUpUpload(ports, transfer, error);
  }
}

async function nextRound(
  ports: Ports,
  transfer: Transfer,
  plan: Plan,
  copied: readonly CopiedPart[],
  arn: string,
): Promise<PlanOutput> {
  const nowMs = ports.clock.nowMs();
  const missing = missingParts(plan, new Set(copied.map((part) => part.partNumber)));
  const progressed = copied.length > transfer.tally.partsCopied || missing.length === 0 || transfer.round === 0;
  const idleRounds = progressed || transfer.mistrusted ? 0 : transfer.idleRounds + 1;
  const progressAtMs = progressed ? nowMs : transfer.progressAtMs;
  const patienceSeconds = transfer.request.patienceSeconds;
  const waitSeconds = waitBefore({ idleRounds, idleMs: nowMs - progressAtMs, patienceSeconds });
  if (waitSeconds === undefined) throw stalled(transfer, missing);
  const batches =
    missing.length > 0 && transfer.method === 'parts' ? batchesOf(plan, missing, await batchesLeft(ports, arn)) : [];
  const reports = await ports.checkpoints.reports(transfer.transferId);
  const stored = await ports.checkpoints.change(transfer.transferId, (now) => {
    if (now.round !== transfer.round)
      throw new TransferError('Incomplete', `Round ${now.round} was begun by another call.`);
    const bytesCopied = copied.reduce((sum, part) => sum + part.bytes, 0);
    const { bytesInFlight: _, ...tally } = { ...tallyNow(now, reports), partsCopied: copied.length, bytesCopied };
    return {
      ...now,
      state: 'copying',
      round: now.round + 1,
      tally,
      idleRounds,
      progressAtMs,
      noted: undefined,
      mistrusted: false,
      updatedAtMs: nowMs,
    };
  });
  const next = missing.length === 0 ? 'complete' : transfer.method === 'whole' ? 'copy-whole' : 'copy-parts';
  return handOut(stored, { next, waitSeconds, batches });
}

async function batchesLeft(ports: Ports, arn: string): Promise<number> {
  const events = await ports.executions.eventCount(arn);
  const batchCountMax = batchesThatFit(events);
  if (batchCountMax === 0)
    throw new TransferError(
      'HistoryFull',
      `The execution's history has ${events} of 25,000 events; there is no room for another round.`,
    );
  return batchCountMax;
}

function stalled(transfer: Transfer, missing: readonly number[]): TransferError {
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  const last = transfer.noted ? ` The last error: ${transfer.noted.message}` : '';
  return new TransferError(
    'Stalled',
    `No part was copied for ${transfer.request.patienceSeconds} s; ${missing.length} of ${transfer.plan?.partCount} parts are missing (${shown}).${last}`,
  );
}

function handOut(transfer: Transfer, output: Partial<PlanOutput> & Pick<PlanOutput, 'next'>): PlanOutput {
  return {
    transferId: transfer.transferId,
    round: transfer.round,
    waitSeconds: 0,
    batchesAtOnce: transfer.request.batchesAtOnce,
    batches: [],
    ...output,
  };
}
