import { TransferError } from '../../transfer/errors.ts';
import { markOf, type ObjectFacts, type Transfer, targetName } from '../../transfer/transfer.ts';
import { sizeText } from '../../transfer/values/sizes.ts';
import {
  GENERATION_METADATA,
  generationMark,
  SEQUENCER_METADATA,
  SOURCE_METADATA,
  sourceHash,
  TRANSFER_ID_METADATA,
} from './object-write.ts';

/**
 * Whether this transfer wrote the whole object at the target, from the generation that it pins now. The object of an
 * adopted upload has no id of ours. It must be newer than the adoption, and have the right length.
 */
export function isOurs(transfer: Transfer, present: ObjectFacts | undefined): boolean {
  if (!present || !transfer.source) return false;
  if (transfer.isAdopted) return present.bytes === transfer.source.bytes && markOf(present) !== transfer.adoptedOver;
  const isSame = present.metadata[GENERATION_METADATA] === generationMark(transfer.source);
  return (
    present.metadata[TRANSFER_ID_METADATA] === transfer.transferId && present.bytes === transfer.source.bytes && isSame
  );
}

/** Throws TargetExists if the request says "never". */
export function refuseTakenTarget(transfer: Transfer, present: ObjectFacts): void {
  if (transfer.request.overwrite !== 'never' || isOurs(transfer, present)) return;
  throw new TransferError(
    'TargetExists',
    `${targetName(transfer.request.target)} exists already (${sizeText(present.bytes)}).`,
  );
}

/**
 * Whether a later write of the same key was transferred before. S3 sends events in any order, and sequencers order
 * them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function isOvertaken({ sequencer, request }: Transfer, { metadata }: ObjectFacts): boolean {
  const there = metadata[SEQUENCER_METADATA];
  if (sequencer === undefined || there === undefined || metadata[SOURCE_METADATA] !== sourceHash(request.source))
    return false;
  const length = Math.max(sequencer.length, there.length);
  return there.padEnd(length, '0') > sequencer.padEnd(length, '0');
}
