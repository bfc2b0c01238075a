import { isNamed, TransferError } from '../../transfer/errors.ts';
import { SOURCE_RESTARTS_MAX } from '../../transfer/messages.ts';
import { allLost } from '../../transfer/tally.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { findTransfer, type StateInput } from '../claim/execution-input.ts';
import type { Ports } from '../ports/ports.ts';
import { abortUntilGone } from './abort-upload.ts';

/**
 * For requests with onSourceChange: "restart". If the source has changed, this aborts the old upload, forgets
 * everything about the old generation, and throws SourceRestarted. Then the state machine goes to Initiate.
 */
export function restartingOnSourceChange<I extends StateInput, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isNamed(error, 'SourceChanged')) throw error;
        const transfer = await findTransfer(ports, input);
        if (transfer?.request.onSourceChange !== 'restart' || transfer.sourceRestarts >= SOURCE_RESTARTS_MAX)
          throw error;
        if (transfer.readingBack) throw error; // the object of the old generation is complete
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
    const nothing = { source: undefined, plan: undefined, method: undefined, uploadId: undefined, noted: undefined };
    // We gave these uploads up ourselves, so they do not count as lost.
    return {
      ...now,
      ...nothing,
      tally: allLost(now.tally),
      uploadsBegun: 0,
      uploadsForgiven: 0,
      sourceRestarts: now.sourceRestarts + 1,
    };
  });
}
