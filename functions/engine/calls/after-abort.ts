import { TransferError } from '../../transfer/errors.ts';
import type { ObjectAddress, Transfer } from '../../transfer/transfer.ts';
import { ownerText, takeTarget } from '../claim/target-lock.ts';
import type { Ports } from '../ports/ports.ts';
import { requestAbort } from './request-abort.ts';

// An abort stops an execution and starts another, which asks the target until the upload is gone: a few seconds.
const LOOKS_MAX = 30;
const LOOK_EVERY_MS = 500;

/**
 * As `takeTarget`. If the transfer that has the key is being aborted, this waits for its end, and takes the key then. The
 * request that comes after an abort begins anew: nobody can join what is ending. An abort that could not begin, begins
 * now. Throws TargetBusy if the abort lasts.
 */
export async function takeTargetAfterAbort(
  ports: Ports,
  target: ObjectAddress,
  transferId: string,
): Promise<Transfer | undefined> {
  for (let looks = 1; ; looks += 1) {
    const owner = await takeTarget(ports, target, transferId);
    if (!owner?.cancelRequested) return owner;
    if (looks === LOOKS_MAX) throw new TransferError('TargetBusy', ownerText(owner));
    if (looks === 1) await requestAbort(ports)(owner.transferId);
    await ports.clock.sleep(LOOK_EVERY_MS);
  }
}
