import { costUsd } from '../../transfer/budgets/cost.ts';
import type { Receipt } from '../../transfer/receipt.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import { tallyNow } from '../../transfer/views/progress.ts';
import type { Ports } from '../ports/ports.ts';

type Told = Pick<Receipt, 'etag' | 'crc32' | 'proofs' | 'unproven' | 'notCarried' | 'copiedInStore' | 'historyEvents'>;

/** The receipt: what was copied, what proves it, and what it cost. */
export async function makeReceipt(
  ports: Ports,
  transfer: Transfer,
  told: Told,
  parts: readonly CopiedPart[],
): Promise<Receipt> {
  const work = tallyNow(transfer, await ports.checkpoints.reports(transfer.transferId));
  const bytes = transfer.source?.bytes ?? 0;
  // We know a CRC32 only for bytes that passed through us. Another program sent the rest, or the store copied it by
  // itself.
  const bytesByOthers = parts.reduce((sum, part) => sum + (part.crc32 === undefined ? part.bytes : 0), 0);
  return {
    bytes,
    parts: transfer.plan?.partCount ?? 0,
    partBytes: transfer.plan?.partBytes ?? 0,
    growth: transfer.plan?.growth,
    ...told,
    bytesSent: work.bytesSent,
    bytesReadBack: work.bytesReadBack,
    bytesResent: Math.max(0, work.bytesSent - (bytes - bytesByOthers)),
    retries: work.retries,
    rounds: transfer.round,
    uploads: transfer.uploadsBegun,
    seconds: (ports.clock.nowMs() - transfer.createdAtMs) / 1000,
    costUsd: costUsd(work, {
      partsInStore: told.copiedInStore?.parts,
      copyingMiB: ports.copyingMiB,
      isSmall: transfer.round === 0,
    }),
  };
}
