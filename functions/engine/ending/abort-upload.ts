import { type Failure, isNamed, TransferError } from '../../transfer/errors.ts';
import { isFinal, type ObjectAddress, type Transfer, targetName } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { isCompleted } from '../stores/completed-object.ts';
import { listedParts } from '../stores/listed-parts.ts';

// A killed Lambda may still have a part on its way. On some stores that part brings the upload back.
const TRIES_MAX = 10;
const TRY_EVERY_MS = 2_000;
// If a store cannot list parts, we cannot see whether the upload is gone, so we repeat the abort for a minute. By then
// a part on its way has arrived or failed.
const BLIND_TRIES = 30;

/**
 * Ends a transfer for good: it aborts the upload and releases the key. An object that was at the target before stays.
 * May run twice.
 */
export async function abortBecause(ports: Ports, transfer: Transfer, failure: Failure): Promise<Transfer> {
  const target = await ports.target(transfer);
  const { readingBack, uploadId } = transfer;
  // Nothing is left of a completed upload. At stores that cannot list parts we would repeat the abort for a minute, for
  // nothing.
  if (uploadId !== undefined && !readingBack) await abortUntilGone(ports, target, transfer.request.target, uploadId);
  // Complete may have succeeded although we never heard its answer. A whole object of ours is not removed.
  const present = await target.inspect(transfer.request.target);
  const isAnothers = failure.name === 'TargetExists'; // for an adopted upload, that object would look like ours
  const isThere = present !== undefined && !isAnothers && isCompleted(transfer, present);
  const message = isThere
    ? `${failure.message} The object was complete before, and stays at the target.`
    : failure.message;
  const ended = await ports.checkpoints.change(transfer.transferId, (now) =>
    isFinal(now.state)
      ? undefined
      : { ...now, state: 'aborted', failure: { ...failure, message }, updatedAtMs: ports.clock.nowMs() },
  );
  await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
  return ended;
}

/** Aborts until the target says that the upload is gone. Throws Unreachable if it never does. */
export async function abortUntilGone(
  { clock, log }: Pick<Ports, 'clock' | 'log'>,
  target: TargetStore,
  address: ObjectAddress,
  uploadId: string,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await target.abortUpload(address, uploadId);
    const seen = await seenAfterAbort(listedParts({ log }, target, address, uploadId));
    if (seen === 'gone' || (seen === 'unseen' && tries >= BLIND_TRIES)) return;
    if (seen === 'there' && tries >= TRIES_MAX) {
      throw new TransferError(
        'Unreachable',
        `Upload ${uploadId} of ${targetName(address)} is still there after ${tries} aborts.`,
      );
    }
    await clock.sleep(TRY_EVERY_MS);
  }
}

async function seenAfterAbort(listing: Promise<unknown[] | undefined>): Promise<'gone' | 'there' | 'unseen'> {
  return listing.then(
    (parts) => (parts ? 'there' : 'unseen'),
    (error) => {
      if (isNamed(error, 'UploadLost')) return 'gone';
      throw error;
    },
  );
}
