import { isNamed, TransferError } from '../../transfer/errors.ts';
import { SOURCE_RESTARTS_MAX } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { type Asked, findTransfer } from '../claim/execution-input.ts';
import type { Ports } from '../ports/ports.ts';
import { abortUntilGone } from './abort-upload.ts';

/**
 * For requests with onSourceChange: "restart": SourceChanged becomes SourceRestarted, after the old upload is aborted
 * and all that belonged to the old generation forgotten. The state machine answers it with Initiate.
 */
export function restartingWhenAsked<I extends Asked, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isNamed(error, 'SourceChanged')) throw error;
        const transfer = await findTransfer(ports, input);
        if (transfer?.request.onSourceChange !== 'restart' || transfer.sourceRestarts >= SOURCE_RESTARTS_MAX)
          throw error;
        if (transfer.readingBack) throw error; // the whole old generation is at the target
        await forgetGeneration(ports, transfer);
        throw new TransferError('SourceRestarted', `The transfer begins again from nothing: ${error.message}`, {
          cause: error,
        });
      }
    };
}

async function forgetGeneration(ports: Ports, transfer: Transfer): Promise<void> {
  const { uploadId } = transfer;
  if (uploadId !== undefined)
    await abortUntilGone(ports, await ports.target(transfer), transfer.request.target, uploadId);
  await ports.checkpoints.change(transfer.transferId, (now) => {
    if (now.sourceRestarts !== transfer.sourceRestarts) return undefined; // another call has done it
    const tally = { ...now.tally, partsCopied: 0, bytesCopied: 0 };
    const nothing = { source: undefined, plan: undefined, method: undefined, uploadId: undefined, noted: undefined };
    // Losing an upload is counted apart: these were given up by ourselves.
    return { ...now, ...nothing, tally, uploadsBegun: 0, uploadsForgiven: 0, sourceRestarts: now.sourceRestarts + 1 };
  });
}
