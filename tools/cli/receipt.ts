import type { Receipt } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/view.ts';
import { bytesText, counted, exactBytesText, rateText, secondsText, usdText } from './units.ts';

/** What a finished transfer leaves, for a person to read. Ends with a line break. */
export function receiptText(view: TransferView): string {
  if (!view.receipt) return `${view.target} was there already; nothing was copied.\n`;
  return `Copied ${view.source} to ${view.target}\n${rowsText(receiptRows(view.receipt, view.transferId))}`;
}

export type Row = readonly [label: string, value: string];

/** Labels in a column of their own. */
export function rowsText(rows: readonly Row[]): string {
  const columns = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(columns)}  ${value}\n`).join('');
}

function receiptRows(receipt: Receipt, transferId: string): Row[] {
  const { bytes, seconds, historyEvents, bytesResent, bytesReadBack = 0, retries, rounds, uploads } = receipt;
  const rate = seconds > 0 ? `, ${rateText(bytes / seconds)}` : '';
  return [
    ['transfer', transferId],
    ['size', exactBytesText(bytes)],
    ['parts', partsText(receipt)],
    ['CRC32', receipt.crc32 ?? 'not known: somebody else sent some of the parts'],
    ['ETag', receipt.etag ?? 'the target gives none'],
    ['proven by', receipt.proofs.join('; ') || 'its length'],
    ['sent twice', bytesResent === 0 ? 'nothing' : exactBytesText(bytesResent)],
    ...(bytesReadBack > 0 ? [['read back', exactBytesText(bytesReadBack)] as const] : []),
    ['retries', `${counted(retries, 'retry', 'retries')}, ${counted(rounds, 'round')}, ${counted(uploads, 'upload')}`],
    ['time', `${secondsText(seconds)}${rate}`],
    ['history', historyEvents === undefined ? 'not known' : counted(historyEvents, 'event')],
    ['cost', `${usdText(receipt.costUsd)} on AWS, without what stores and networks charge for bytes that leave`],
  ];
}

function partsText({ bytes, parts, partBytes }: Receipt): string {
  if (parts <= 1) return '1, in one piece';
  const lastBytes = bytes - (parts - 1) * partBytes;
  const last = lastBytes === partBytes ? '' : `, the last one ${bytesText(lastBytes)}`;
  return `${parts.toLocaleString('en-US')} × ${bytesText(partBytes)}${last}`;
}
