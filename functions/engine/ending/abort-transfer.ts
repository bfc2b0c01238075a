import { asFailure, TransferError } from '../../transfer/errors.ts';
import type { AbortInput, Nothing } from '../../transfer/messages.ts';
import { causeMessage } from '../claim/cause.ts';
import { findTransfer } from '../claim/execution-input.ts';
import type { Ports } from '../ports/ports.ts';
import { abortBecause } from './abort-upload.ts';

/** The state Abort. A transfer that is over stays as it ended. */
export const abortTransfer =
  (ports: Ports) =>
  async ({ input, execution }: AbortInput): Promise<Nothing> => {
    const transfer = await findTransfer(ports, { input, execution });
    if (!transfer) throw new TransferError('NotFound', 'The checkpoint does not know the transfer to abort.');
    const { Error: name, Cause: cause } = caught(input);
    if (transfer.state !== 'copied') await abortBecause(ports, transfer, asFailure(name, causeMessage(cause)));
    return {};
  };

/** The error that the state machine caught and added to the input. */
function caught(input: unknown): { Error: string; Cause: string } {
  const { failure } = input as { failure?: { Error: string; Cause: string } };
  return failure ?? { Error: 'Cancelled', Cause: 'The state machine reached Abort without a failure.' };
}
