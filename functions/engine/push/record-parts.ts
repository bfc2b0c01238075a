import { TransferError } from '../../transfer/errors.ts';
import { sentParts } from '../../transfer/push.ts';
import { asksForReadBack } from '../../transfer/read-back.ts';
import { parse } from '../../transfer/request.ts';
import { uploadOf } from '../../transfer/transfer.ts';
import { readTransfer } from '../claim/claim.ts';
import type { Ports } from '../ports/ports.ts';
import { refuseOtherPart, refuseToRecord } from './refuse-to-push.ts';

// The sweep looks at the time of the header. A client records parts several times a second.
const TOUCH_MS_MIN = 60_000;

export type Recorded = { readonly recorded: readonly number[] };

/**
 * Remembers the parts that a client has sent. They are its word: before Complete they are compared with the target's own
 * list. Twice is the same. Throws UploadLost for parts that were sent to an upload that is gone.
 */
export const recordParts =
  ({ checkpoints, clock }: Ports) =>
  async (transferId: string, body: unknown): Promise<Recorded> => {
    const { uploadId, parts } = parse(sentParts, body, 'The list of parts');
    const transfer = await readTransfer(checkpoints, transferId);
    const plan = refuseToRecord(transfer);
    for (const part of parts) refuseOtherPart(transfer, plan, part);
    const unsummed = parts.find(({ crc32 }) => crc32 === undefined);
    if (unsummed && asksForReadBack(transfer))
      throw new TransferError(
        'InvalidRequest',
        `Part ${unsummed.partNumber} needs its \`crc32\`: what is read back is compared with it.`,
        { partNumber: unsummed.partNumber },
      );
    if (uploadId !== uploadOf(transfer))
      throw new TransferError(
        'UploadLost',
        `The parts were sent to an upload that transfer ${transferId} no longer has; ask for URLs again.`,
      );
    const { round } = transfer;
    await Promise.all(parts.map((part) => checkpoints.recordPart(transferId, uploadId, { ...part, round })));
    const nowMs = clock.nowMs();
    if (nowMs - transfer.updatedAtMs > TOUCH_MS_MIN)
      await checkpoints.change(transferId, (now) =>
        now.state === 'pushing' ? { ...now, updatedAtMs: nowMs } : undefined,
      );
    return { recorded: parts.map(({ partNumber }) => partNumber) };
  };
