import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { isOurs } from './target-rules.ts';

// AWS shows a write at once. Other stores may show the old object for a moment. If we gave up the upload then, we would
// send everything again. If we called it damage, we would be wrong.
const LOOKS_MAX = 30;
const LOOK_EVERY_MS = 1_000;

/** Looks for a while until the object at the target is ours. Returns that object, or what is there in the end. */
export async function lookForOurs(
  { clock }: Pick<Ports, 'clock'>,
  target: TargetStore,
  transfer: Transfer,
): Promise<ObjectFacts | undefined> {
  for (let looks = 1; ; looks += 1) {
    const present = await target.inspect(transfer.request.target);
    if (looks === LOOKS_MAX || isOurs(transfer, present)) return present;
    await clock.sleep(LOOK_EVERY_MS);
  }
}
