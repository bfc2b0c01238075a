import type { Receipt } from '../../transfer/receipt.ts';
import { costUsd } from '../../transfer/reckoning/cost.ts';
import { tallyNow } from '../../transfer/told/progress.ts';
import type { CopiedPart, Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

type Told = Pick<Receipt, 'etag' | 'crc32' | 'proofs' | 'unproven' | 'notCarried' | 'copiedInStore' | 'historyEvents'>;

/** What remains when all is done: what was copied, how it was proven, what it cost. */
export async function makeReceipt(
  ports: Ports,
  transfer: Transfer,
  told: Told,
  parts: readonly CopiedPart[],
): Promise<Receipt> {
  const work = tallyNow(transfer, await ports.checkpoints.reports(transfer.transferId));
  const bytes = transfer.source?.bytes ?? 0;
  // Only of what passed through us a CRC32 is known: the rest somebody else sent, or the store copied.
  const bytesByOthers = parts.reduce((sum, part) => sum + (part.crc32 === undefined ? part.bytes : 0), 0);
  return {
    bytes,
    parts: transfer.plan?.partCount ?? 0,
    partBytes: transfer.plan?.partBytes ?? 0,
    ...told,
    bytesSent: work.bytesSent,
    bytesReadBack: work.bytesReadBack,
    bytesResent: Math.max(0, work.bytesSent - (bytes - bytesByOthers)),
    retries: work.retries,
    rounds: transfer.round,
    uploads: transfer.uploadsBegun,
    seconds: (ports.clock.nowMs() - transfer.createdAtMs) / 1000,
    costUsd: costUsd(work, told.copiedInStore?.parts),
  };
}
