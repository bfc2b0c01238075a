import { TransferError } from '../../transfer/errors.ts';
import { type Transfer, targetName } from '../../transfer/transfer.ts';
import { uploadChecksumFor } from '../../transfer/upload-checksum.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
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
  const uploadChecksum = uploadChecksumFor(transfer.source, target.profile);
  const write = { ...objectWrite(transfer, target.profile), checksum: uploadChecksum };
  const uploadId = await target.beginUpload(write);
  const recorded = await ports.checkpoints.change(transfer.transferId, (now) =>
    mayRecordUpload(now, arn) ? withUpload(now, { uploadId, uploadChecksum }, ports.clock.nowMs()) : undefined,
  );
  // Another call may have begun an upload too, or the transfer may have ended. Then ours was not recorded, and we abort
  // it.
  if (recorded.uploadId !== uploadId) await target.abortUpload(transfer.request.target, uploadId);
}
