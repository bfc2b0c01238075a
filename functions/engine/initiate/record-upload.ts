import { isFinal, type Transfer } from '../../transfer/transfer.ts';

/**
 * Whether an upload that was just begun, or adopted, is still wanted by whoever drives the transfer now. Before the first
 * execution that is the client that pushes.
 */
export function mayRecordUpload(now: Transfer, arn: string | undefined): boolean {
  return now.uploadId === undefined && !isFinal(now.state) && !now.cancelRequested && now.execution?.arn === arn;
}

/** A new upload has no parts yet, so counting and patience begin anew; what was sent to the lost one stays counted. */
export function withUpload(
  transfer: Transfer,
  { uploadId, uploadChecksum }: Pick<Transfer, 'uploadChecksum'> & { readonly uploadId: string },
  nowMs: number,
): Transfer {
  const tally = { ...transfer.tally, partsCopied: 0, bytesCopied: 0 };
  const uploadsBegun = transfer.uploadsBegun + 1;
  return {
    ...transfer,
    uploadId,
    uploadChecksum,
    uploadsBegun,
    tally,
    isAdopted: false,
    mistrusted: true,
    progressAtMs: nowMs,
  };
}
