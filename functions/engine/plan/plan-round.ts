import { countEvents, handOn } from '../../transfer/budgets/history.ts';
import { isPauseUnderWay } from '../../transfer/budgets/pausing.ts';
import { isErrorName, isNamed, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { ExecutionFacts, PlanInput, PlanOutput } from '../../transfer/messages.ts';
import type { Plan } from '../../transfer/plan.ts';
import { isReadBack } from '../../transfer/read-back.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { claim, readTransfer } from '../claim/claim.ts';
import { refuseToGoOn } from '../claim/refuse-to-go-on.ts';
import type { Ports } from '../ports/ports.ts';
import { completedObject, pinCompleted } from '../stores/completed-object.ts';
import { lookBeforeGivingUp } from '../stores/look-for-ours.ts';
import { beginAnew, checkpointedParts, reconcile } from '../stores/reconcile.ts';
import { holdCopiesToPin } from '../stores/source-pin.ts';
import { isOurs } from '../stores/target-rules.ts';
import { beginRound } from './begin-round.ts';
import { handOut, handOutLater } from './hand-out.ts';
import { lookAtHistory, whatFits } from './history-room.ts';
import { pushedWhole, refuseMissingParts } from './parts-missing.ts';

/**
 * Begins one round: it hands out the parts that are planned and not copied yet. A resume is simply the next round.
 * Rethrows a permanent batch error under its own name. Throws Stalled if patience has ended, and HistoryFull if the
 * history of the execution has no room left.
 */
export const planRound =
  (ports: Ports) =>
  async (attempt: PlanInput): Promise<PlanOutput> => {
    const { transferId, execution } = attempt;
    const claimed = await claim(ports, transferId, execution);
    const transfer = await pausedHere(ports, claimed ?? (await readTransfer(ports.checkpoints, transferId)), execution);
    if (transfer.state === 'copied')
      return handOut(transfer, { next: 'complete', history: handOn(countEvents(attempt), { choices: 2 }) });
    refuseToGoOn(transfer, execution.arn);
    if (transfer.readingBack) return planReadBack(ports, transfer, attempt);
    if (transfer.noted?.name === 'UploadLost') {
      // If Complete noted this, an earlier Complete may have succeeded although we never heard its answer.
      const target = await ports.target(transfer);
      if (isOurs(transfer, await lookBeforeGivingUp(ports, target, transfer)))
        return toComplete(ports, transfer, attempt);
      return beginAnew(ports, transfer, transfer.noted.message);
    }
    if (!(await metALimit(ports, transfer))) rethrowNoted(transfer);
    const plan = planWithUpload(transfer);
    const copied = await trustedParts(ports, transfer, plan);
    if (copied === 'completed') return toComplete(ports, transfer, attempt);
    refuseMissingParts(transfer, plan, copied);
    await holdCopiesToPin(ports, transfer, copied);
    return beginRound(ports, { transfer, plan, done: copied, attempt });
  };

/**
 * If the batches have ended because of a pause, the transfer is paused now, and this execution ends. The header changes in
 * one step. So a resume either comes before it and takes the pause back, or comes after it and begins another execution.
 */
async function pausedHere(ports: Ports, transfer: Transfer, { arn }: ExecutionFacts): Promise<Transfer> {
  if (!isPauseUnderWay(transfer)) return transfer;
  return ports.checkpoints.change(transfer.transferId, (now) =>
    isPauseUnderWay(now) && now.execution?.arn === arn
      ? { ...now, state: 'paused', updatedAtMs: ports.clock.nowMs() }
      : undefined,
  );
}

/**
 * Hands the transfer to Complete, without a new round. We check the history, since it grows each time that Complete
 * fails and comes back here. Throws HistoryFull.
 */
async function toComplete(ports: Ports, transfer: Transfer, attempt: PlanInput): Promise<PlanOutput> {
  const history = await lookAtHistory(ports, attempt, 'complete');
  if (!whatFits(history, 'complete', [])) return handOutLater(ports, transfer, history);
  return handOut(transfer, { next: 'complete', history: handOn(history.now, { choices: 2 }) });
}

/**
 * Begins a round of reading back. The object is complete and its upload is gone, so we ask for no parts. We only check
 * that it is still the same object.
 */
async function planReadBack(ports: Ports, transfer: Transfer, attempt: PlanInput): Promise<PlanOutput> {
  rethrowNoted(transfer);
  const plan = planWithUpload(transfer);
  const present = await completedObject(ports, await ports.target(transfer), transfer);
  const pinned = await pinCompleted(ports, transfer, present);
  const parts = await checkpointedParts(ports, transfer);
  return beginRound(ports, {
    transfer: pinned,
    plan,
    done: parts.filter((part) => isReadBack(part, present)),
    attempt,
  });
}

/**
 * A web server that refuses one Lambda, while it serves another one in the same round, limits its connections. A Lambda
 * that gets no part by itself cannot know that. If nobody gets a part, it is a refusal.
 */
async function metALimit({ checkpoints }: Ports, { transferId, request, noted, round }: Transfer): Promise<boolean> {
  if (!('url' in request.source) || noted?.round !== round || noted.name !== 'Refused') return false;
  const reports = await checkpoints.reports(transferId);
  return reports.some((report) => report.round === round && report.partsCopied > 0);
}

/** An error that another round may cure is not thrown. It stays on the header, for the message of Stalled. */
function rethrowNoted({ noted, round }: Transfer): void {
  if (!noted || noted.round !== round || remedyOf(noted.name) === 'retry') return;
  if (isErrorName(noted.name)) throw new TransferError(noted.name, noted.message);
  // Earlier versions noted foreign errors under their own names.
  throw new TransferError('InternalError', `A fault in Partway: ${noted.name}.`);
}

/**
 * Throws UploadLost if the transfer has no upload any more. A crash may have come after the upload was given up and
 * before that was said.
 */
function planWithUpload({ transferId, plan, method, uploadId }: Transfer): Plan {
  if (plan && (method === 'whole' || uploadId !== undefined)) return plan;
  throw new TransferError('UploadLost', `Transfer ${transferId} has no upload, so Partway begins another.`);
}

/** The parts that are copied. After a new start, and before Complete, we also ask the target for its parts. */
async function trustedParts(ports: Ports, transfer: Transfer, plan: Plan): Promise<CopiedPart[] | 'completed'> {
  const parts = await checkpointedParts(ports, transfer);
  if (!transfer.mistrusted && parts.length < plan.partCount) return parts;
  const target = await ports.target(transfer);
  try {
    return await pushedWhole(ports, target, transfer, await reconcile(ports, target, transfer));
  } catch (error) {
    if (!isNamed(error, 'UploadLost')) throw error;
    // An upload is also gone when Complete succeeded and nobody heard the answer.
    if (isOurs(transfer, await lookBeforeGivingUp(ports, target, transfer))) return 'completed';
    return beginAnew(ports, transfer, error);
  }
}
