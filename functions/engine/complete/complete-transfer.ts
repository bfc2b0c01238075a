import { countEvents, eventsInTheEnd, handOn } from '../../transfer/budgets/history.ts';
import { profileUnder } from '../../transfer/encrypted-etags.ts';
import { type ErrorName, isNamed, TransferError } from '../../transfer/errors.ts';
import type { CompleteInput, CompleteOutput } from '../../transfer/messages.ts';
import { asksForReadBack, isReadBack } from '../../transfer/read-back.ts';
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
import { lookBeforeGivingUp, lookForOurs, noteCompleting } from '../stores/look-for-ours.ts';
import { objectWrite } from '../stores/object-write.ts';
import { beginAnew, checkpointedParts, reconcile } from '../stores/reconcile.ts';
import { isOurs } from '../stores/target-rules.ts';
import { notCarriedBy } from './not-carried.ts';
import { mustFindPart, proofsOf, refuseOtherObject, refuseOtherThanSource, unprovenOf } from './proofs.ts';
import { makeReceipt } from './receipt.ts';

/**
 * Makes the parts one object, and proves it. It may run any number of times: if the answer to a Complete was lost, we
 * find the object by the transfer id in its metadata. If the request asks for it, or if the whole is wrong and nobody
 * knows which part, the object is read back before the transfer ends. Throws Incomplete if parts are missing, Damaged if the object is not the same as the source, and
 * TargetChanged if somebody replaced it while it was read back.
 */
export const completeTransfer =
  (ports: Ports) =>
  async (attempt: CompleteInput): Promise<CompleteOutput> => {
    const { transferId, execution } = attempt;
    const history = countEvents(attempt, { isHandedOut: true });
    // A redrive may begin with this state, so it claims the transfer as Plan does. If the transfer is over, or another
    // execution drives it, the claim changes nothing.
    const transfer = (await claim(ports, transferId, execution)) ?? (await readTransfer(ports.checkpoints, transferId));
    if (transfer.state === 'copied') return releaseKey(ports, transfer);
    refuseToGoOn(transfer, execution.arn);
    const target = await ports.target(transfer);
    const { present, parts } = transfer.readingBack
      ? await readBack(ports, target, transfer)
      : await completed(ports, target, transfer);
    const profile = profileUnder(target.profile, transfer.request.encryption?.type, present.encryption);
    const evidence = { transfer, profile, parts, present };
    refuseOtherObject(transfer, present);
    const readsBack = asksForReadBack(transfer) || transfer.readingBack !== undefined || mustFindPart(evidence);
    if (readsBack && !isAllReadBack(transfer, parts, present)) {
      await pinCompleted(ports, transfer, present);
      return { transferId, next: 'plan', history: handOn(history, { choices: 1 }) };
    }
    const told = {
      etag: present.etag,
      crc32: wholeCrc32(parts),
      proofs: proofsOf(evidence),
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
    return releaseKey(ports, transfer);
  };

/**
 * Releases the key. If we crashed between the two writes, the next call finds the first and repeats only the second.
 */
async function releaseKey(ports: Ports, { transferId, request }: Transfer): Promise<CompleteOutput> {
  await ports.checkpoints.releaseTarget(request.target, transferId);
  return { transferId, next: 'nothing' };
}

type Completed = { readonly present: ObjectFacts; readonly parts: readonly CopiedPart[] };

/** The upload has become the object. So we do not list its parts, and do not complete it again. */
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
    await note(ports, transfer, error); // if patience ends, Plan names this error
    if (!isNamed(error, ...mayBeDone(transfer))) throw error;
    const look = error.name === 'UploadLost' ? lookBeforeGivingUp : lookForOurs;
    const present = await look(ports, target, transfer);
    const parts = await ports.checkpoints.parts(transfer.transferId, uploadOf(transfer), 1, plan?.partCount ?? 0);
    if (present && isOurs(transfer, present) && parts.length === plan?.partCount) {
      // The object may come from an earlier upload of ours. Then this one is still open, and would be paid for.
      if (uploadId !== undefined) await target.abortUpload(request.target, uploadId);
      return { present, parts };
    }
    if (error.name === 'UploadLost') return beginAnew(ports, transfer, error);
    throw error;
  }
}

/**
 * The errors that also come if an earlier Complete succeeded and we never heard its answer. For an adopted upload,
 * TargetExists is not one of them: the store has just listed the upload, so the object at the key is another one, even
 * if it has the right length.
 */
function mayBeDone({ isAdopted }: Transfer): ErrorName[] {
  return ['UploadLost', 'Unreachable', ...(isAdopted ? [] : (['TargetExists'] as const))];
}

/**
 * If the target refuses a part, Plan finds it in the list of parts. If the target cannot list parts, nobody knows which
 * part it refuses, and it would refuse it in every round. Then this throws UploadLost: the transfer gives the upload
 * up, at most three times.
 */
async function completeUpload(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer & { readonly uploadId: string },
  parts: readonly CopiedPart[],
): Promise<void> {
  const { request, uploadId } = transfer;
  try {
    const ask = () => target.completeUpload(objectWrite(transfer, target.profile), uploadId, parts);
    await noteCompleting(ports, transfer, { uploadId, ask });
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
