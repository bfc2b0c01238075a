import { profileUnder } from '../../transfer/encrypted-etags.ts';
import type { CopyBatchInput, CopyWholeInput, Retried } from '../../transfer/messages.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { uploadChecksumFor } from '../../transfer/upload-checksum.ts';
import { crcsBeside } from '../../transfer/values/checksums.ts';
import { readTransfer } from '../claim/claim.ts';
import { noting } from '../claim/note.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { objectWrite } from '../stores/object-write.ts';
import { isOurs } from '../stores/target-rules.ts';
import { copyParts, type Sums } from './copy-parts.ts';

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
      ...sumsOf(transfer, target),
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
        ...sumsOf(transfer, target),
        write: async ({ bytes }, body, signal) => {
          // The first attempt may have succeeded although we never heard its answer. Then the condition would refuse
          // our own object.
          const checksum = uploadChecksumFor(transfer.source, target.profile);
          const write = { ...objectWrite(transfer, target.profile), checksum };
          const onlyIfAbsent = write.onlyIfAbsent && !isOurs(transfer, await target.inspect(write.target));
          return target.putObject({ ...write, onlyIfAbsent }, body, bytes, signal);
        },
        copy: (_part, source, _range, signal) =>
          target.copyObject(objectWrite(transfer, target.profile), source, signal),
      },
    );
    return retried;
  };

/**
 * Whether a call comes too late: its round or its transfer is over, or somebody asked to abort or pause. Such a call
 * does nothing.
 */
export function isLate(transfer: Transfer, round: number): boolean {
  return isFinal(transfer.state) || transfer.round !== round || transfer.cancelRequested || transfer.pauseRequested;
}

/**
 * Which checksums to compute: those that the target or the source publishes, since the others could not be compared
 * with anything.
 */
function sumsOf({ request, source }: Transfer, { profile }: TargetStore): Sums {
  return {
    md5: request.checksum === 'md5' && profileUnder(profile, request.encryption?.type).partEtag === 'md5',
    crcs: crcsBeside(profile.ownChecksum, source?.crcs),
  };
}
