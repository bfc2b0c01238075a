import { allLost } from '../../transfer/tally.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';

/**
 * Whether the header may record an upload that was just begun or adopted: it has no upload yet, the transfer goes on,
 * and the caller still drives it. `arn` is the execution of the caller. `undefined`: the caller is a client that pushes
 * before the first execution.
 */
export function mayRecordUpload(now: Transfer, arn: string | undefined): boolean {
  return now.uploadId === undefined && !isFinal(now.state) && !now.cancelRequested && now.execution?.arn === arn;
}

/**
 * A new upload has no parts, so the number of parts and patience begin anew. Bytes that were sent to a lost upload stay
 * counted.
 */
export function withUpload(
  transfer: Transfer,
  { uploadId, uploadChecksum }: Pick<Transfer, 'uploadChecksum'> & { readonly uploadId: string },
  nowMs: number,
): Transfer {
  const uploadsBegun = transfer.uploadsBegun + 1;
  return {
    ...transfer,
    uploadId,
    uploadChecksum,
    uploadsBegun,
    tally: allLost(transfer.tally),
    isAdopted: false,
    mistrusted: true,
    progressAtMs: nowMs,
  };
}
