import { isNamed } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { readTransfer } from '../claim/claim.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { forgetUpload } from '../stores/reconcile.ts';

/**
 * Forgets the upload that a client calls lost, if the target says so too, or cannot list its parts. Twice is the same:
 * by then the transfer has another upload, or none.
 */
export async function forgetIfLost(ports: Ports, transfer: Transfer, lostUploadId: string): Promise<Transfer> {
  if (transfer.uploadId !== lostUploadId) return transfer;
  if (await isThere(await ports.target(transfer), transfer, lostUploadId)) return transfer;
  await forgetUpload(ports, transfer);
  return readTransfer(ports.checkpoints, transfer.transferId);
}

async function isThere(target: TargetStore, { request }: Transfer, uploadId: string): Promise<boolean> {
  try {
    return (await target.listParts(request.target, uploadId)) !== undefined;
  } catch (error) {
    if (isNamed(error, 'UploadLost')) return false;
    throw error;
  }
}
