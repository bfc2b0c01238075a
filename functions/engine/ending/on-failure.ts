import { isPassing, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { Attempt } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { type Asked, findTransfer } from '../claim/execution-input.ts';
import { wasLastTry } from '../claim/tries.ts';
import type { Ports } from '../ports/ports.ts';

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
        if (!isLeft(error)) throw error;
        const transfer = await findTransfer(ports, input);
        if (transfer?.request.onFailure !== 'abort' || !isUnderWay(transfer)) throw error;
        if (transfer.execution?.arn !== input.execution.arn) throw error; // it is another's by now
        if (isPassing(error) && !wasLastTry(transfer, input)) throw error;
        throw new TransferError(
          'Cancelled',
          `The transfer was given up, as \`onFailure\` asks. The error was ${error.name}: ${error.message}`,
          {
            cause: error,
          },
        );
      }
    };
}

function isUnderWay({ method, uploadId }: Transfer): boolean {
  return method === 'whole' || uploadId !== undefined;
}

/** What passes by itself is left too, where nothing tries it again: it has lasted longer than patience. */
function isLeft(error: unknown): error is TransferError {
  if (!(error instanceof TransferError) || OF_THE_EXECUTION.has(error.name)) return false;
  return remedyOf(error.name) === 'leave' || isPassing(error);
}
