import type * as z from 'zod';
import { TransferError } from '../../transfer/errors.ts';
import { finishedPush } from '../../transfer/push.ts';
import { parse } from '../../transfer/request.ts';
import { isFinal, type ObjectFacts, type Transfer } from '../../transfer/transfer.ts';
import { sizeText } from '../../transfer/values/sizes.ts';
import { beginExecution } from '../claim/begin-execution.ts';
import { isAtWork, readTransfer } from '../claim/claim.ts';
import type { Ports } from '../ports/ports.ts';
import { withLength } from './ready-to-push.ts';
import { refuseToPush } from './refuse-to-push.ts';

/**
 * Begins the execution that compares the parts with the target's list and completes the object. A second call changes
 * nothing while that execution is at work, or after it has succeeded. Throws InvalidRequest, Stopped.
 */
export const finishPush =
  (ports: Ports) =>
  async (transferId: string, body: unknown): Promise<Transfer> => {
    const told = parse(finishedPush, body ?? {}, 'The request');
    const known = await readTransfer(ports.checkpoints, transferId);
    if (isFinal(known.state)) return known;
    const isBegun = known.state === 'accepted' || known.state === 'copying';
    if (isBegun && (known.execution ? await isAtWork(ports, known) : known.state === 'copying')) return known;
    if (!isBegun) refuseToPush(known);
    const source = sourceOf(known, told);
    const transfer = await ports.checkpoints.change(transferId, (now) =>
      // An earlier execution has ended with parts missing. It no longer drives the transfer.
      now.state === 'pushing' && !now.cancelRequested
        ? {
            ...withLength(now, source),
            state: 'accepted',
            execution: undefined,
            failure: undefined,
            updatedAtMs: ports.clock.nowMs(),
          }
        : undefined,
    );
    if (transfer.state === 'accepted') await beginExecution(ports, transfer);
    return readTransfer(ports.checkpoints, transferId);
  };

function sourceOf(transfer: Transfer, { bytes, crc32 }: z.infer<typeof finishedPush>): ObjectFacts {
  const { transferId, source, plan } = transfer;
  const sum = crc32 === undefined ? {} : { crc32 };
  if (source && (bytes === undefined || bytes === source.bytes)) return { ...source, ...sum };
  if (source)
    throw new TransferError(
      'InvalidRequest',
      `\`bytes\` is ${bytes}; transfer ${transferId} has ${source.bytes} bytes.`,
    );
  if (bytes === undefined)
    throw new TransferError('InvalidRequest', 'A stream is finished with its length: `bytes` is missing.');
  if (bytes === 0 || (plan && bytes > plan.objectBytes))
    throw new TransferError(
      'InvalidRequest',
      `\`bytes\` is ${bytes}; a stream of this plan has 1 byte to ${sizeText(plan?.objectBytes ?? 0)}.`,
    );
  return { bytes, etag: undefined, headers: {}, metadata: {}, ...sum };
}
