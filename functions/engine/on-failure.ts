import { remedyOf, TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';

// Said of an execution: it was stopped, or is not the one that drives the transfer, or its history is full.
const OF_THE_EXECUTION: ReadonlySet<string> = new Set(['HistoryFull', 'Stopped']);

/**
 * For requests with onFailure: "abort": what would be left for a person becomes Cancelled, which the state machine
 * answers with Abort. A full history is not a failure of the transfer, and stays.
 */
export function givingUpWhenAsked<I extends { transferId: string }, O>(
  step: (ports: Ports) => (input: I) => Promise<O>,
) {
  return (ports: Ports) =>
    async (input: I): Promise<O> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!(error instanceof TransferError) || remedyOf(error.name) !== 'leave' || OF_THE_EXECUTION.has(error.name))
          throw error;
        const transfer = await ports.checkpoints.read(input.transferId);
        if (transfer?.request.onFailure !== 'abort') throw error;
        throw new TransferError('Cancelled', `Given up, as onFailure asks: ${error.name}: ${error.message}`, {
          cause: error,
        });
      }
    };
}
