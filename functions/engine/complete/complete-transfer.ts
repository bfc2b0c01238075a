import { profileUnder } from '../../transfer/encrypted-etags.ts';
import { type ErrorName, isNamed, TransferError } from '../../transfer/errors.ts';
import type { CompleteInput, CompleteOutput } from '../../transfer/messages.ts';
import { asksForReadBack, isReadBack } from '../../transfer/read-back.ts';
import { eventsInTheEnd, handOn, reckon } from '../../transfer/reckoning/history.ts';
import { inStore } from '../../transfer/server-copy.ts';
import {
  type CopiedPart,
  isFinal,
  type ObjectFacts,
  type Transfer,
  targetName,
  uploadOf,
} from '../../transfer/transfer.ts';
import { wholeCrc32 } from '../../transfer/values/checksums.ts';
import { claim, readTransfer } from '../claim/claim.ts';
import { note } from '../claim/note.ts';
import { refuseToGoOn } from '../claim/refuse-to-go-on.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { completedObject, pinCompleted } from '../stores/completed-object.ts';
import { listedParts } from '../stores/listed-parts.ts';
import { lookForOurs } from '../stores/look-for-ours.ts';
import { objectWrite } from '../stores/object-write.ts';
import { checkpointedParts, forgetUpload, reconcile } from '../stores/reconcile.ts';
import { isOurs } from '../stores/target-rules.ts';
import { notCarriedBy } from './not-carried.ts';
import { proofsOf, refuseOtherThanSource, unprovenOf } from './proofs.ts';
import { makeReceipt } from './receipt.ts';

/**
 * Makes the parts one object, and proves it. It may run any number of times: if the answer to a Complete was lost, we
 * find the object by the transfer id in its metadata. Throws Incomplete if parts turn out to be missing, Damaged if the object
 * is not the source's, TargetChanged if it was replaced while it was read back. If the request asks for it, the object
 * is read back before the transfer ends.
 */
export const completeTransfer =
  (ports: Ports) =>
  async (attempt: CompleteInput): Promise<CompleteOutput> => {
    const { transferId, execution } = attempt;
    const history = reckon(attempt, { isHandedOut: true });
    // A redrive may begin here, so this state claims as Plan does; what is over, or driven by another, stays as it is.
    const transfer = (await claim(ports, transferId, execution)) ?? (await readTransfer(ports.checkpoints, transferId));
    if (transfer.state === 'copied') return freed(ports, transfer);
    refuseToGoOn(transfer, execution.arn);
    const target = await ports.target(transfer);
    const { present, parts } = transfer.readingBack
      ? await readBack(ports, target, transfer)
      : await completed(ports, target, transfer);
    const profile = profileUnder(target.profile, transfer.request.encryption?.type, present.encryption);
    const evidence = { transfer, profile, parts, present };
    const proofs = proofsOf(evidence);
    if (asksForReadBack(transfer) && !isAllReadBack(transfer, parts, present)) {
      await pinCompleted(ports, transfer, present);
      return { transferId, next: 'plan', history: handOn(history, { choices: 1 }) };
    }
    const told = {
      etag: present.etag,
      crc32: wholeCrc32(parts),
      proofs,
      unproven: unprovenOf(evidence),
      notCarried: notCarriedBy(transfer, target.profile, present),
      copiedInStore: inStore(transfer, parts),
      historyEvents: eventsInTheEnd(history),
    };
    const receipt = await makeReceipt(ports, transfer, told, parts);
    await ports.checkpoints.change(transferId, (now) =>
      isFinal(now.state)
        ? undefined
        : { ...now, state: 'copied', failure: undefined, receipt, updatedAtMs: ports.clock.nowMs() },
    );
    return freed(ports, transfer);
  };

/** If we crashed between the two writes, the next call finds the first and repeats only the second. */
async function freed(ports: Ports, { transferId, request }: Transfer): Promise<CompleteOutput> {
  await ports.checkpoints.releaseTarget(request.target, transferId);
  return { transferId, next: 'nothing' };
}

type Completed = { readonly present: ObjectFacts; readonly parts: readonly CopiedPart[] };

/** The upload has become the object. So neither is asked for parts or completed again. */
async function readBack(ports: Ports, target: TargetStore, transfer: Transfer): Promise<Completed> {
  return { present: await completedObject(ports, target, transfer), parts: await checkpointedParts(ports, transfer) };
}

function isAllReadBack({ plan }: Transfer, parts: readonly CopiedPart[], present: ObjectFacts): boolean {
  return parts.length === plan?.partCount && parts.every((part) => isReadBack(part, present));
}

async function completed(ports: Ports, target: TargetStore, transfer: Transfer): Promise<Completed> {
  const { uploadId, plan, request } = transfer;
  try {
    const parts = await reconcile(ports, target, transfer);
    if (parts.length !== plan?.partCount) {
      throw new TransferError(
        'Incomplete',
        `${(plan?.partCount ?? 0) - parts.length} parts are missing at ${targetName(request.target)}.`,
      );
    }
    if (transfer.method === 'parts' && uploadId === undefined)
      throw new TransferError('UploadLost', 'The transfer has given up its upload.');
    refuseOtherThanSource(transfer, parts);
    if (uploadId !== undefined) await completeUpload(ports, target, { ...transfer, uploadId }, parts);
    return { present: await presentAt(ports, target, transfer), parts };
  } catch (error) {
    await note(ports, transfer, error); // if patience ends, Plan says why
    if (!isNamed(error, ...mayBeDone(transfer))) throw error;
    const present = await lookForOurs(ports, target, transfer);
    const parts = await ports.checkpoints.parts(transfer.transferId, uploadOf(transfer), 1, plan?.partCount ?? 0);
    if (present && isOurs(transfer, present) && parts.length === plan?.partCount) {
      // The object may come from an earlier upload of ours. Then this one is still open, and would be paid for.
      if (uploadId !== undefined) await target.abortUpload(request.target, uploadId);
      return { present, parts };
    }
    if (error.name === 'UploadLost') return forgetUpload(ports, transfer, error);
    throw error;
  }
}

/**
 * What is also said after an earlier Complete that nobody heard. An adopted upload was listed just now, so what stands in
 * its way is not what it became, though it had the length.
 */
function mayBeDone({ isAdopted }: Transfer): ErrorName[] {
  return ['UploadLost', 'Unreachable', ...(isAdopted ? [] : (['TargetExists'] as const))];
}

/**
 * Where the target cannot list its parts, nobody can say which one it refuses; it would refuse it in every round. So the
 * upload is given up, which is limited. Where it can, Plan asks which it is.
 */
async function completeUpload(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer & { readonly uploadId: string },
  parts: readonly CopiedPart[],
): Promise<void> {
  const { request, uploadId } = transfer;
  try {
    await target.completeUpload(objectWrite(transfer, target.profile), uploadId, parts);
  } catch (error) {
    if (!isNamed(error, 'Incomplete')) throw error;
    if (await listedParts(ports, target, request.target, uploadId)) throw error;
    throw new TransferError('UploadLost', error.message, { cause: error });
  }
}

async function presentAt(ports: Ports, target: TargetStore, transfer: Transfer): Promise<ObjectFacts> {
  const present = await lookForOurs(ports, target, transfer);
  if (present) return present;
  throw new TransferError(
    'Unreachable',
    `The store completed ${targetName(transfer.request.target)}, but does not show it yet.`,
  );
}
