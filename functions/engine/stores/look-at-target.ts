import { asksForReadBack } from '../../transfer/read-back.ts';
import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { AtTarget } from '../../transfer/views/explain.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { TRANSFER_ID_METADATA } from './object-write.ts';
import { compareObjects } from './same-object.ts';
import { isOvertaken, refuseTakenTarget } from './target-rules.ts';

/**
 * What is at the target's key, and what happens to it. Initiate obeys the answer, and a plan shows it. Throws
 * TargetExists if the request says "never", and the store's errors about its bucket and the credentials.
 */
export async function lookAtTarget(
  ports: Pick<Ports, 'checkpoints'>,
  target: TargetStore,
  transfer: Transfer,
  source: ObjectFacts,
): Promise<AtTarget> {
  const { overwrite } = transfer.request;
  const present = await target.inspect(transfer.request.target);
  if (!present) return { fate: 'new' };
  refuseTakenTarget(transfer, present);
  const { bytes } = present;
  if (isOvertaken(transfer, present))
    return { fate: 'kept', bytes, because: 'it is a copy of a later write of the source' };
  if (overwrite !== 'if-different') return { fate: 'replaced', bytes, because: `overwrite is "${overwrite}"` };
  const found = compareObjects(transfer, source, present);
  const difference = 'differs' in found ? found.differs : await whyMistrusted(ports, transfer, present);
  if (difference !== undefined || 'differs' in found)
    return { fate: 'replaced', bytes, because: `overwrite is "if-different": ${difference}` };
  return { fate: 'kept', bytes, because: found.same };
}

/**
 * An object that was found damaged when it was read back is still there, and its metadata does not show the damage. And
 * a request for reading back does not accept an object that was never read.
 */
async function whyMistrusted(
  { checkpoints }: Pick<Ports, 'checkpoints'>,
  transfer: Transfer,
  { metadata }: ObjectFacts,
): Promise<string | undefined> {
  const writer = await checkpoints.read(metadata[TRANSFER_ID_METADATA] ?? '');
  if (writer?.failure?.name === 'Damaged') return 'it was found damaged when it was read back';
  const isEnough = !asksForReadBack(transfer) || (writer?.state === 'copied' && asksForReadBack(writer));
  return isEnough ? undefined : 'it is not known to have been read back';
}
