import { TransferError } from '../transfer/errors.ts';
import { type ObjectFacts, type Transfer, targetName } from '../transfer/transfer.ts';
import { SOURCE_ETAG_METADATA, TRANSFER_ID_METADATA } from './object-write.ts';

/** Whether the object at the target was written by this very transfer, whole. */
export function isOurs(transfer: Transfer, present: ObjectFacts | undefined): boolean {
  return present?.metadata[TRANSFER_ID_METADATA] === transfer.transferId && present.bytes === transfer.source?.bytes;
}

/** Throws TargetExists where the request says "never". */
export function refuseTakenTarget(transfer: Transfer, present: ObjectFacts): void {
  if (transfer.request.overwrite !== 'never' || isOurs(transfer, present)) return;
  throw new TransferError(
    'TargetExists',
    `${targetName(transfer.request.target)} is there already (${present.bytes} bytes).`,
  );
}

/**
 * With "if-different": whether the target holds this generation of the source already. An ETag means nothing across
 * stores, so it is the source's ETag as an earlier transfer wrote it into the metadata that is compared.
 */
export function alreadyThere(transfer: Transfer, source: ObjectFacts, present: ObjectFacts): boolean {
  if (transfer.request.overwrite !== 'if-different' || source.etag === undefined) return false;
  return present.bytes === source.bytes && present.metadata[SOURCE_ETAG_METADATA] === source.etag;
}
