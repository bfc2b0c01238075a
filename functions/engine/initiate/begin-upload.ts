import { TransferError } from '../../transfer/errors.ts';
import { type Transfer, targetName } from '../../transfer/transfer.ts';
import { uploadChecksumFor } from '../../transfer/upload-checksum.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { objectWrite } from '../stores/object-write.ts';
import { adoptUpload } from './adopt-upload.ts';
import { mayRecordUpload, withUpload } from './record-upload.ts';

// If a target lost three uploads, it will lose the next one too. A person should look.
const UPLOADS_MAX = 3;

/** Begins the upload that the transfer lacks, and writes its id down. Throws Stalled after the third that was lost. */
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
  // Of a source that changed, what somebody else sent belongs to the old generation, and is aborted with it.
  const isFirst = transfer.uploadsBegun === 0 && transfer.sourceRestarts === 0;
  if (transfer.request.resumeFrom && isFirst) return adoptUpload(ports, target, transfer, arn);
  const uploadChecksum = uploadChecksumFor(transfer.source, target.profile);
  const write = { ...objectWrite(transfer, target.profile), checksum: uploadChecksum };
  const uploadId = await target.beginUpload(write);
  const kept = await ports.checkpoints.change(transfer.transferId, (now) =>
    mayRecordUpload(now, arn) ? withUpload(now, { uploadId, uploadChecksum }, ports.clock.nowMs()) : undefined,
  );
  // Another call began one too, or the transfer ended meanwhile. An upload that was not written down must not stay.
  if (kept.uploadId !== uploadId) await target.abortUpload(transfer.request.target, uploadId);
}
