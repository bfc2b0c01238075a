import type { PartAtTarget } from '../../transfer/at-stores.ts';
import { isPassing, nameAndMessage, TransferError } from '../../transfer/errors.ts';
import { type Plan, partLength } from '../../transfer/plan.ts';
import { partsCopiedInStore } from '../../transfer/server-copy.ts';
import { type CopiedPart, type Transfer, uploadOf } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { listedParts } from './listed-parts.ts';
import { stopCopies } from './store-copies.ts';

/** All the parts that the checkpoint calls copied. */
export function checkpointedParts({ checkpoints }: Ports, transfer: Transfer): Promise<CopiedPart[]> {
  return checkpoints.parts(transfer.transferId, uploadOf(transfer), 1, transfer.plan?.partCount ?? 0);
}

/**
 * Compares the checkpoint with the target's own list by number, size and ETag, and forgets parts that the target does
 * not have. A part that only the target has is sent again, since nobody has proven its bytes. Returns the parts that
 * remain. Throws UploadLost if the target no longer knows the upload.
 */
export async function reconcile(ports: Ports, target: TargetStore, transfer: Transfer): Promise<CopiedPart[]> {
  const parts = await checkpointedParts(ports, transfer);
  const { plan, uploadId } = transfer;
  if (!plan || uploadId === undefined) return parts;
  const listed = await listedParts(ports, target, transfer.request.target, uploadId);
  if (!listed) return withoutUnseenCopies(ports, transfer, parts);
  const byNumber = new Map(listed.map((part) => [part.partNumber, part]));
  const stray = parts.filter((part) => !agrees(plan, part, byNumber.get(part.partNumber)));
  if (stray.length === 0) return parts;
  const strayNumbers = stray.map((part) => part.partNumber);
  ports.log('the target does not have parts that were checkpointed; they are sent again', {
    partNumbers: strayNumbers.slice(0, 20),
    count: stray.length,
  });
  await stopMisfits(ports, transfer, plan, partsCopiedInStore(stray), byNumber);
  await ports.checkpoints.forgetParts(transfer.transferId, uploadId, strayNumbers);
  const gone = new Set(strayNumbers);
  return parts.filter((part) => !gone.has(part.partNumber));
}

/**
 * Ends copying in the store if a part that the store copied has another length than planned. The source became shorter,
 * or the store ignores ranges. The store would do the same again. If the bytes are streamed, we see which of the two it
 * is.
 */
async function stopMisfits(
  ports: Ports,
  transfer: Transfer,
  plan: Plan,
  copied: readonly CopiedPart[],
  listed: ReadonlyMap<number, PartAtTarget>,
): Promise<void> {
  for (const { partNumber } of copied) {
    const [bytes, expected] = [listed.get(partNumber)?.bytes, partLength(plan, partNumber)];
    if (bytes === undefined || bytes === expected) continue;
    const what = `the store copied part ${partNumber} with ${bytes} bytes instead of ${expected}`;
    return stopCopies(ports, transfer, new TransferError('InvalidRequest', what, { partNumber }));
  }
}

/** The store's answer to a copy does not tell its length. If no list tells it either, the bytes are streamed. */
async function withoutUnseenCopies(ports: Ports, transfer: Transfer, parts: CopiedPart[]): Promise<CopiedPart[]> {
  if (!transfer.copiesInStore) return parts;
  const why = 'the store answers that it cannot list parts, so nobody could check the length of a copied part';
  await stopCopies(ports, transfer, new TransferError('InvalidRequest', why));
  const unseen = partsCopiedInStore(parts).map(({ partNumber }) => partNumber);
  if (unseen.length > 0) await ports.checkpoints.forgetParts(transfer.transferId, uploadOf(transfer), unseen);
  return parts.filter(({ copiedInStore }) => !copiedInStore);
}

function agrees(plan: Plan, part: CopiedPart, atTarget: PartAtTarget | undefined): boolean {
  return atTarget?.bytes === partLength(plan, part.partNumber) && sameEtag(part.etag, atTarget.etag);
}

/**
 * Some stores write an ETag in capitals in one answer and in small letters in another. As an MD5, both are the same.
 */
export function sameEtag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Forgets the upload, so that another is begun. Throws errors that pass by themselves. */
export async function forgetUpload(ports: Ports, transfer: Transfer): Promise<void> {
  await abortWhatIsLeft(ports, transfer);
  await ports.checkpoints.change(transfer.transferId, (now) =>
    now.uploadId === transfer.uploadId ? { ...now, uploadId: undefined, noted: undefined } : undefined,
  );
}

/** Forgets the upload, and throws the error for which the state machine returns to Initiate. */
export async function beginAnew(ports: Ports, transfer: Transfer, cause: unknown): Promise<never> {
  await forgetUpload(ports, transfer);
  throw new TransferError(
    'UploadLost',
    `The target no longer knows upload ${transfer.uploadId} of transfer ${transfer.transferId}.`,
    { cause },
  );
}

/**
 * A lost upload is gone in most cases. If it is not (409 at Complete, a 404 of a proxy), somebody would pay for its
 * parts without end, so we abort it. If the store cannot be reached, this throws, since a new upload would fail too.
 */
async function abortWhatIsLeft(ports: Ports, { request, uploadId, transferId }: Transfer): Promise<void> {
  if (uploadId === undefined) return;
  const target = await ports.target({ request });
  await target.abortUpload(request.target, uploadId).catch((error) => {
    if (isPassing(error)) throw error;
    // The sweep reports what is left.
    ports.log('the lost upload could not be aborted', { transferId, ...nameAndMessage(error) });
  });
}
