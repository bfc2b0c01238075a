import { asFailure, TransferError } from '../transfer/errors.ts';
import type { AbortInput, Nothing } from '../transfer/messages.ts';
import type { Ports } from '../transfer/ports.ts';
import { type Transfer, targetName } from '../transfer/transfer.ts';
import { causeMessage } from './cause.ts';
import { readTransfer } from './claim.ts';
import { readOrder } from './execution-input.ts';

// A Lambda that was killed may still have a part on its way, which brings the upload back on some stores.
const TRIES_MAX = 10;
const TRY_EVERY_MS = 1_000;

/** Aborts the upload until the target says that it is gone. The object that was at the target before is not touched. */
export const abortTransfer =
  (ports: Ports) =>
  async ({ input, execution }: AbortInput): Promise<Nothing> => {
    const { transferId } = readOrder(input, execution.arn);
    const failure = caught(input);
    const transfer = await readTransfer(ports.checkpoints, transferId);
    if (transfer.state === 'copied') return {};
    if (transfer.uploadId !== undefined) await abortUntilGone(ports, transfer, transfer.uploadId);
    await ports.checkpoints.change(transferId, (now) => ({
      ...now,
      state: 'aborted',
      failure: asFailure(failure.Error, causeMessage(failure.Cause)),
      updatedAtMs: ports.clock.nowMs(),
    }));
    await ports.checkpoints.releaseTarget(transfer.request.target, transferId);
    return {};
  };

/** What the state machine caught, and wrote beside the input. */
function caught(input: unknown): { Error: string; Cause: string } {
  const { failure } = input as { failure?: { Error: string; Cause: string } };
  return failure ?? { Error: 'Cancelled', Cause: 'Abort was reached without a failure.' };
}

async function abortUntilGone(ports: Ports, transfer: Transfer, uploadId: string): Promise<void> {
  const target = await ports.target(transfer);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    await target.abortUpload(transfer.request.target, uploadId);
    if (!target.profile.listsParts || (await isGone(target.listParts(transfer.request.target, uploadId)))) return;
    await ports.clock.sleep(TRY_EVERY_MS);
  }
  throw new TransferError(
    'Unreachable',
    `Upload ${uploadId} of ${targetName(transfer.request.target)} is still there after ${TRIES_MAX} aborts.`,
  );
}

async function isGone(listing: Promise<unknown>): Promise<boolean> {
  return listing.then(
    () => false,
    (error) => {
      if (error instanceof TransferError && error.name === 'UploadLost') return true;
      throw error;
    },
  );
}
