import { isPassing, remedyOf, TransferError } from '../transfer/errors.ts';
import { type Attempt, RETRIES_MAX } from '../transfer/messages.ts';
import type { Ports } from '../transfer/ports.ts';
import type { Transfer } from '../transfer/transfer.ts';
import { type Asked, findTransfer } from './execution-input.ts';

// Said of an execution: it was stopped, or is not the one that drives the transfer, or its history is full.
const OF_THE_EXECUTION: ReadonlySet<string> = new Set(['HistoryFull', 'Stopped']);

type Input = Asked & Attempt;

/**
 * For requests with onFailure: "abort": what would be left for a person becomes Cancelled, which the state machine
 * answers with Abort. A full history is not a failure of the transfer, and stays; what has not begun leaves nothing.
 */
export function givingUpWhenAsked<I extends Input, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isLeft(error, input)) throw error;
        const transfer = await findTransfer(ports, input);
        if (transfer?.request.onFailure !== 'abort' || !isUnderWay(transfer)) throw error;
        if (transfer.execution?.arn !== input.execution.arn) throw error; // it is another's by now
        throw new TransferError('Cancelled', `Given up, as onFailure asks: ${error.name}: ${error.message}`, {
          cause: error,
        });
      }
    };
}

function isUnderWay({ method, uploadId }: Transfer): boolean {
  return method === 'whole' || uploadId !== undefined;
}

/** What passes by itself is left too, where nothing tries it again: it has lasted longer than patience. */
function isLeft(error: unknown, { retryCount = 0 }: Input): error is TransferError {
  if (isPassing(error)) return retryCount >= RETRIES_MAX;
  if (!(error instanceof TransferError)) return false;
  return remedyOf(error.name) === 'leave' && !OF_THE_EXECUTION.has(error.name);
}
