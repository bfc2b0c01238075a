import type { ObjectWrite } from '../../transfer/at-stores.ts';
import { isNamed, nameAndMessage, TransferError } from '../../transfer/errors.ts';
import { proofFor } from '../../transfer/proof.ts';
import { type Transfer, targetName } from '../../transfer/transfer.ts';
import { readTransfer } from '../claim/claim.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { listedParts } from '../stores/listed-parts.ts';
import { objectWrite } from '../stores/object-write.ts';
import { adoptUpload } from './adopt-upload.ts';
import { mayRecordUpload, withUpload } from './record-upload.ts';

// If a target lost three uploads, it will lose the next one too. A person should look.
const UPLOADS_MAX = 3;

/**
 * Begins an upload if the transfer has none, and records its id. Throws Stalled if the target has lost three uploads.
 */
export async function beginUpload(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  arn: string | undefined,
): Promise<void> {
  if (transfer.method !== 'parts' || transfer.uploadId !== undefined) return;
  if (transfer.uploadsBegun - transfer.uploadsForgiven >= UPLOADS_MAX) {
    throw new TransferError(
      'Stalled',
      `The target lost the upload of ${targetName(transfer.request.target)} ${UPLOADS_MAX} times.`,
    );
  }
  // If the source has changed, the parts of the other program belong to the old generation. Its upload was aborted with
  // them.
  const isFirst = transfer.uploadsBegun === 0 && transfer.sourceRestarts === 0;
  if (transfer.request.resumeFrom && isFirst) return adoptUpload(ports, target, transfer, arn);
  const { uploadChecksum } = proofFor(transfer, target.profile);
  const write = { ...objectWrite(transfer, target.profile), checksum: uploadChecksum };
  const uploadId = await begunCleanly(ports, target, transfer, write);
  const recorded = await ports.checkpoints.change(transfer.transferId, (now) =>
    mayRecordUpload(now, arn) ? withUpload(now, { uploadId, uploadChecksum }, ports.clock.nowMs()) : undefined,
  );
  // Another call may have begun an upload too, or the transfer may have ended. Then ours was not recorded, and we abort
  // it.
  if (recorded.uploadId !== uploadId) await target.abortUpload(transfer.request.target, uploadId);
}

/**
 * Some stores begin an upload and then answer with an error. Nobody would hear of its id, and each try would leave one
 * more. So after a failure without a reason we abort the uploads of this key that have come meanwhile.
 */
async function begunCleanly(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  write: ObjectWrite,
): Promise<string> {
  const startedMs = ports.clock.nowMs();
  try {
    return await target.beginUpload(write);
  } catch (error) {
    if (isNamed(error, 'Unreachable')) {
      await abortUnheard(ports, target, transfer, startedMs).catch((cause) =>
        ports.log('uploads that a failed Create may have left could not be aborted', nameAndMessage(cause)),
      );
    }
    throw error;
  }
}

// The store's clock may be a little behind ours, and it may tell whole seconds only.
const CLOCK_MS = 1_000;
const LEFT_MAX = 10;

/**
 * The lock of the key is ours, so no other transfer has begun them. Another program may have begun one for the same key. An
 * upload that a failed Create left has no parts, so we abort only such.
 */
async function abortUnheard(ports: Ports, target: TargetStore, transfer: Transfer, startedMs: number): Promise<void> {
  if (!target.profile.listsUploads) return;
  const { bucket, key } = transfer.request.target;
  const { uploadId } = await readTransfer(ports.checkpoints, transfer.transferId);
  const listed = (await target.listUploads(bucket, key)) ?? [];
  const left = listed.filter(
    (upload) => upload.key === key && upload.uploadId !== uploadId && upload.initiatedAtMs >= startedMs - CLOCK_MS,
  );
  for (const { uploadId: unheard } of left.slice(0, LEFT_MAX)) {
    const parts = await listedParts(ports, target, transfer.request.target, unheard);
    if (parts?.length === 0) await target.abortUpload(transfer.request.target, unheard);
  }
}
