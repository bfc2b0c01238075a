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

/** The object that Complete made, as it is at the target now. Throws TargetChanged when it is no longer that one. */
export async function completedObject(ports: Ports, target: TargetStore, transfer: Transfer): Promise<ObjectFacts> {
  const present = await lookForOurs(ports, target, transfer);
  if (present && isCompleted(transfer, present)) return present;
  const now = present
    ? `another one is there now (${present.bytes} bytes, ${generationOf(present)})`
    : 'nothing is there now';
  throw new TransferError(
    'TargetChanged',
    `${targetName(transfer.request.target)} was completed, and before all of it was read back it was replaced or removed: ${now}.`,
  );
}

/** Ours by its metadata; an adopted upload's carries none of ours, so that one is known by the write alone, once it is known. */
export function isCompleted(transfer: Transfer, present: ObjectFacts): boolean {
  const { readingBack, isAdopted } = transfer;
  if (isAdopted && readingBack) return writeOf(readingBack.present) === writeOf(present);
  return isOurs(transfer, present);
}

/**
 * Writes down which object is to be read back. A Lambda that was believed dead may write the same object once more; then
 * that one is read, from its beginning: what was read before it was another write.
 */
export function pinCompleted(ports: Ports, transfer: Transfer, present: ObjectFacts): Promise<Transfer> {
  return ports.checkpoints.change(transfer.transferId, (now) => {
    const isKnown = now.readingBack !== undefined && writeOf(now.readingBack.present) === writeOf(present);
    // A late Complete of an upload that was given up meanwhile says nothing about the present one.
    if (isKnown || isFinal(now.state) || uploadOf(now) !== uploadOf(transfer)) return undefined;
    const nowMs = ports.clock.nowMs();
    const readingBack = { round: now.round, present };
    return { ...now, readingBack, noted: undefined, progressAtMs: nowMs, updatedAtMs: nowMs };
  });
}
