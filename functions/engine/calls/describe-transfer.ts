import { TransferError } from '../../transfer/errors.ts';
import { isPush } from '../../transfer/push.ts';
import { isFinal, type Transfer, uploadOf } from '../../transfer/transfer.ts';
import { type TransferView, viewOf } from '../../transfer/views/view.ts';
import { readTransfer } from '../claim/claim.ts';
import type { Checkpoints, Ports } from '../ports/ports.ts';

const TRANSFERS_A_PAGE = 50;
const PARTS_A_PAGE = 1000;

/**
 * How far a transfer is. The header is read after the reports: if a round begins between the two, the header has counted
 * what the old reports say. The other way round, the reports of the new round would have replaced numbers that the header
 * does not have yet, and the progress would go back.
 */
export const describeTransfer =
  ({ checkpoints, clock }: Ports) =>
  async (transferId: string): Promise<TransferView> => {
    const reports = await checkpoints.reports(transferId);
    const transfer = await readTransfer(checkpoints, transferId);
    return viewOf(await withPushed(checkpoints, transfer), reports, clock.nowMs());
  };

/** No round counts the parts of a push, before the execution that follows it has compared them. So we count them here. */
async function withPushed(checkpoints: Checkpoints, transfer: Transfer): Promise<Transfer> {
  const { transferId, plan, tally, state, readingBack } = transfer;
  if (!plan || !isPush(transfer) || isFinal(state) || readingBack) return transfer;
  const parts = await checkpoints.parts(transferId, uploadOf(transfer), 1, plan.partCount);
  const bytesCopied = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return { ...transfer, tally: { ...tally, partsCopied: parts.length, bytesCopied } };
}

export type Page = { readonly limit?: string | undefined; readonly after?: string | undefined };

/**
 * Transfers, newest first. A list does not read what batches report, so the bytes of a running transfer are those of
 * its last round.
 */
export const listTransfers =
  ({ checkpoints, clock }: Ports) =>
  async ({ limit, after }: Page) => {
    const page = await checkpoints.list({
      limit: wholeNumber('limit', limit, { otherwise: TRANSFERS_A_PAGE, min: 1, max: TRANSFERS_A_PAGE }),
      after,
    });
    return { transfers: page.transfers.map((transfer) => viewOf(transfer, [], clock.nowMs())), after: page.after };
  };

/** The parts that are safe at the target, in order, after a given part number. */
export const listParts =
  ({ checkpoints }: Ports) =>
  async (transferId: string, { limit, after }: Page) => {
    const transfer = await readTransfer(checkpoints, transferId);
    const from = wholeNumber('after', after, { otherwise: 0, max: 10_000 });
    const count = wholeNumber('limit', limit, { otherwise: PARTS_A_PAGE, min: 1, max: PARTS_A_PAGE });
    // After an abort the table still has rows of parts, but the target does not have the parts.
    const last = transfer.state === 'aborted' ? 0 : (transfer.plan?.partCount ?? 0);
    const rest = last > from ? await checkpoints.parts(transferId, uploadOf(transfer), from + 1, last) : [];
    const parts = rest.slice(0, count);
    return { parts, after: rest.length > count ? parts.at(-1)?.partNumber : undefined };
  };

export function wholeNumber(
  field: string,
  text: string | undefined,
  { otherwise, min = 0, max }: { otherwise: number; min?: number; max: number },
): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TransferError(
    'InvalidRequest',
    `\`${field}\` is "${text}"; it takes a whole number from ${min} to ${max.toLocaleString('en-US')}.`,
  );
}
