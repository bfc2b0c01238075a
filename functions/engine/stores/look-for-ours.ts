import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { isOurs } from './target-rules.ts';

// AWS shows a write at once; others may show what was there before for a moment. Giving the upload up for that would send
// everything again, and calling it damage would be wrong.
const LOOKS_MAX = 30;
const LOOK_EVERY_MS = 1_000;

/** The object at the target, once it is ours, or what is there after a while. */
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
