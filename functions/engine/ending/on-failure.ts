import { isPassing, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { Attempt } from '../../transfer/messages.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { findTransfer, type StateInput } from '../claim/execution-input.ts';
import { wasLastTry } from '../claim/tries.ts';
import type { Ports } from '../ports/ports.ts';

// Errors of the execution, not of the transfer: somebody stopped it, it no longer drives the transfer, or its history
// is full.
const OF_THE_EXECUTION: ReadonlySet<string> = new Set(['HistoryFull', 'Stopped']);

type Input = StateInput & Attempt;

/**
 * For requests with onFailure: "abort". If an error would be left for a person, the step throws Cancelled instead, and
 * the state machine goes to Abort. Errors of the execution stay as they are. So do errors of a transfer that has not
 * begun, since there is nothing to abort.
 */
export function abortingOnFailure<I extends Input, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isLeft(error)) throw error;
        const transfer = await findTransfer(ports, input);
        if (transfer?.request.onFailure !== 'abort' || !isUnderWay(transfer)) throw error;
        if (transfer.execution?.arn !== input.execution.arn) throw error; // another execution drives it now
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

/**
 * Whether the error would be left for a person. An error that passes by itself is left too, if it has lasted longer
 * than patience: `wasLastTry`.
 */
function isLeft(error: unknown): error is TransferError {
  if (!(error instanceof TransferError) || OF_THE_EXECUTION.has(error.name)) return false;
  return remedyOf(error.name) === 'leave' || isPassing(error);
}
