import { TransferError } from '../transfer/errors.ts';
import { fingerprint, transferIdOf } from '../transfer/identity.ts';
import type { Ports } from '../transfer/ports.ts';
import { parseRequest, type TransferRequest } from '../transfer/request.ts';
import { isFinal, newTransfer, type Transfer, targetName } from '../transfer/transfer.ts';
import { beginExecution, resumeTransfer } from './resume-transfer.ts';
import { ownerText, takeTarget } from './target-lock.ts';

export type Start = { readonly body: unknown; readonly idempotencyKey: string };
/** `isNew` is false when the request was known: then that transfer is resumed, or given back as it ended. */
export type Started = { readonly transfer: Transfer; readonly isNew: boolean };

/**
 * Takes a request. The same request again resumes the transfer that it began; another one for the same target key is
 * refused as long as the first is unfinished. Throws InvalidRequest, NotAllowed, TargetBusy.
 */
export const startTransfer =
  (ports: Ports) =>
  async ({ body, idempotencyKey }: Start): Promise<Started> => {
    const request = parseRequest(body);
    ports.admit(request);
    const transferId = transferIdOf('key', idempotencyKey);
    const known = (await ports.checkpoints.read(transferId)) ?? (await takeTarget(ports, request.target, transferId));
    if (known) return { transfer: await goOnWith(ports, known, request), isNew: false };
    const transfer = await ports.checkpoints.create(newTransfer(transferId, request, ports.clock.nowMs()));
    await beginExecution(ports, transfer);
    return { transfer, isNew: true };
  };

async function goOnWith(ports: Ports, known: Transfer, request: TransferRequest): Promise<Transfer> {
  if (fingerprint(known.request) === fingerprint(request)) {
    return isFinal(known.state) ? known : resumeTransfer(ports)(known.transferId);
  }
  if (targetName(known.request.target) === targetName(request.target)) {
    throw new TransferError('TargetBusy', `${ownerText(known)} This request asks for something else.`);
  }
  throw new TransferError(
    'InvalidRequest',
    `The Idempotency-Key belongs to transfer ${known.transferId}, which was asked for something else.`,
  );
}
