import { TransferError } from '../../transfer/errors.ts';
import { type ObjectFacts, type Transfer, targetName } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { isOurs } from './target-rules.ts';

// AWS shows a write at once. Other stores may show the old object for a moment. If we gave up the upload then, we would
// send everything again. If we called it damage, we would be wrong.
const LOOKS_MAX = 30;
const LOOK_EVERY_MS = 1_000;

// A Complete of 1,200 parts took Swift 72 s here (2 cores, one client), and 10,000 parts are the most. Meanwhile such a
// store may know neither the upload nor the object.
const COMPLETE_MS_MAX = 10 * 60_000;
const LOOK_LATER_EVERY_MS = 5_000;
// Time for what follows in the same Lambda.
const RESERVE_MS = 30_000;

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

/**
 * The same before an upload is given up as lost. If nobody heard the answer to a Complete of it, the store may still be
 * at work, so this looks for as long as such stores take. Throws Unreachable if the Lambda has no time for that: the
 * next one goes on looking.
 */
export async function lookBeforeGivingUp(
  ports: Pick<Ports, 'clock' | 'deadlineMs' | 'checkpoints'>,
  target: TargetStore,
  { transferId }: Transfer,
): Promise<ObjectFacts | undefined> {
  const transfer = await ports.checkpoints.read(transferId);
  if (!transfer) return undefined;
  const { clock, deadlineMs } = ports;
  const untilMs = isUnheard(transfer) ? transfer.completing.atMs + COMPLETE_MS_MAX : 0;
  for (let present = await lookForOurs(ports, target, transfer); ; ) {
    if (isOurs(transfer, present) || clock.nowMs() >= untilMs) return present;
    if (clock.nowMs() >= deadlineMs() - RESERVE_MS) throw stillCompleting(transfer);
    await clock.sleep(LOOK_LATER_EVERY_MS);
    present = await target.inspect(transfer.request.target);
  }
}

type Unheard = Transfer & { readonly completing: NonNullable<Transfer['completing']> };

function isUnheard(transfer: Transfer): transfer is Unheard {
  return transfer.completing !== undefined && transfer.completing.uploadId === transfer.uploadId;
}

function stillCompleting({ request }: Transfer): TransferError {
  const what = `The store was asked to complete ${targetName(request.target)} and has not answered`;
  return new TransferError('Unreachable', `${what}. It knows neither the upload nor the object yet, so Partway waits.`);
}

/**
 * Asks for the object, and writes that down first. A store that answers has ended its work. If no answer came, or we
 * crashed, the note stays.
 */
export async function noteCompleting<T>(
  { checkpoints, clock }: Pick<Ports, 'checkpoints' | 'clock'>,
  { transferId, completing: before }: Transfer,
  { uploadId, ask }: { readonly uploadId: string; readonly ask: () => Promise<T> },
): Promise<T> {
  const write = (completing: Transfer['completing']) =>
    checkpoints.change(transferId, (now) => (now.uploadId === uploadId ? { ...now, completing } : undefined));
  await write({ uploadId, atMs: clock.nowMs() });
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TransferError) || error.name !== 'Unreachable') await write(before);
    throw error;
  }
}
