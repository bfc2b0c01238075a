import { TransferError } from '../../transfer/errors.ts';
import { writeOf } from '../../transfer/read-back.ts';
import {
  generationOf,
  isFinal,
  type ObjectFacts,
  type Transfer,
  targetName,
  uploadOf,
} from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { lookForOurs } from './look-for-ours.ts';
import { isOurs } from './target-rules.ts';

/**
 * The object that Complete made, as it is at the target now. Throws TargetChanged if another object is there, or none.
 */
export async function completedObject(ports: Ports, target: TargetStore, transfer: Transfer): Promise<ObjectFacts> {
  const present = await lookForOurs(ports, target, transfer);
  if (present && isCompleted(transfer, present)) return present;
  const now = present
    ? `another object is there (${present.bytes} bytes, ${generationOf(present)})`
    : 'nothing is there';
  throw new TransferError(
    'TargetChanged',
    `${targetName(transfer.request.target)} was completed, but somebody replaced or removed it before it was read back. Now ${now}.`,
  );
}

/**
 * Whether this is the object that Complete made. Our objects have our transfer id in their metadata. The object of an
 * adopted upload has no id, so we recognize it only by its write, once we know that.
 */
export function isCompleted(transfer: Transfer, present: ObjectFacts): boolean {
  const { readingBack, isAdopted } = transfer;
  if (isAdopted && readingBack) return writeOf(readingBack.present) === writeOf(present);
  return isOurs(transfer, present);
}

/**
 * Writes down which object is to be read back. A Lambda that was believed dead may write the same object once more.
 * Then we read the new object from its beginning, since what was read before belongs to another write.
 */
export function pinCompleted(ports: Ports, transfer: Transfer, present: ObjectFacts): Promise<Transfer> {
  return ports.checkpoints.change(transfer.transferId, (now) => {
    const isKnown = now.readingBack !== undefined && writeOf(now.readingBack.present) === writeOf(present);
    // If the upload was given up meanwhile, a late Complete of it says nothing about the present one.
    if (isKnown || isFinal(now.state) || uploadOf(now) !== uploadOf(transfer)) return undefined;
    const nowMs = ports.clock.nowMs();
    const readingBack = { round: now.round, present };
    return { ...now, readingBack, noted: undefined, progressAtMs: nowMs, updatedAtMs: nowMs };
  });
}
