import { asFailure, TransferError } from '../../transfer/errors.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { ownerText, takeTarget } from '../claim/target-lock.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Makes sure that a push has its target key before a client gets a URL. A request takes the key first and writes its
 * header then. If the header came late, another request may have found a key without a transfer, and taken it. Throws
 * TargetBusy, and ends the push, which has sent nothing.
 */
export async function holdTarget(ports: Ports, { transferId, request }: Transfer): Promise<void> {
  const owner = await takeTarget(ports, request.target, transferId);
  if (!owner) return;
  const busy = new TransferError('TargetBusy', ownerText(owner));
  await endUnbegun(ports, transferId, busy);
  throw busy;
}

/** Ends a push that was refused before it had an upload, so that its target key is free. */
export async function endUnbegun(ports: Ports, transferId: string, { name, message }: TransferError): Promise<void> {
  const failure = asFailure(name, message);
  await ports.checkpoints.change(transferId, (now) =>
    isFinal(now.state) || now.uploadId !== undefined
      ? undefined
      : { ...now, state: 'aborted', failure, updatedAtMs: ports.clock.nowMs() },
  );
}
