import type { CopyBatchInput, CopyWholeInput, Retried } from '../../transfer/messages.ts';
import { proofFor } from '../../transfer/proof.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { readTransfer } from '../claim/claim.ts';
import { noting } from '../claim/note.ts';
import type { Ports } from '../ports/ports.ts';
import { objectWrite, unconditionally } from '../stores/object-write.ts';
import { isOurs } from '../stores/target-rules.ts';
import { copyParts } from './copy-parts.ts';

/** Copies the missing parts of one batch into the upload. */
export const copyBatch =
  (ports: Ports) =>
  async ({ transferId, round, batch, retryCount = 0 }: CopyBatchInput): Promise<Retried> => {
    const retried = { retries: retryCount };
    const transfer = await readTransfer(ports.checkpoints, transferId);
    const { uploadId, uploadChecksum: checksum } = transfer;
    if (isLate(transfer, round) || transfer.readingBack || uploadId === undefined) return retried;
    const target = await noting(ports, transfer, () => ports.target(transfer));
    await copyParts(ports, transfer, batch, {
      ...proofFor(transfer, target.profile),
      write: ({ partNumber, bytes }, body, signal) => {
        const part = { target: transfer.request.target, uploadId, partNumber, bytes, checksum };
        return target.writePart(part, body, signal);
      },
      copy: ({ partNumber, bytes }, ...from) =>
        target.copyPart({ target: transfer.request.target, uploadId, partNumber, bytes }, ...from),
    });
    return retried;
  };

/**
 * Copies a small object, or an empty one, as one request. It is recorded in the checkpoint like a part, so that it
 * happens once.
 */
export const copyWhole =
  (ports: Ports) =>
  async ({ transferId, round, retryCount = 0 }: CopyWholeInput): Promise<Retried> => {
    const retried = { retries: retryCount };
    const transfer = await readTransfer(ports.checkpoints, transferId);
    if (isLate(transfer, round) || transfer.readingBack) return retried;
    const target = await noting(ports, transfer, () => ports.target(transfer));
    await copyParts(
      ports,
      transfer,
      { firstPart: 1, lastPart: 1 },
      {
        ...proofFor(transfer, target.profile),
        write: async ({ bytes }, body, signal) => {
          // The first attempt may have succeeded although we never heard its answer. Then the condition would refuse
          // our own object. A header that the request adds may be the condition.
          const checksum = proofFor(transfer, target.profile).uploadChecksum;
          const write = { ...objectWrite(transfer, target.profile), checksum };
          const mayRefuse = write.onlyIfAbsent || write.addedHeaders !== undefined;
          const isThere = mayRefuse && isOurs(transfer, await target.inspect(write.target));
          return target.putObject(isThere ? unconditionally(write, target.profile) : write, body, bytes, signal);
        },
        copy: (_part, source, _range, signal) =>
          target.copyObject(objectWrite(transfer, target.profile), source, signal),
      },
    );
    return retried;
  };

/**
 * Whether a call comes too late: its round or its transfer is over, its round is to end early, or somebody asked to abort
 * or pause. Such a call does nothing.
 */
export function isLate(transfer: Transfer, round: number): boolean {
  const isStopped = transfer.cancelRequested || transfer.pauseRequested || transfer.roundEndsByMs !== undefined;
  return isFinal(transfer.state) || transfer.round !== round || isStopped;
}
