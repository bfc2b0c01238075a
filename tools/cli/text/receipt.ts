import type { NotCarried, Receipt } from '../../../functions/transfer/receipt.ts';
import { bytesOfParts, partSizesText, sizeOfPart } from '../../../functions/transfer/values/part-sizes.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { inOptions } from '../options/option-names.ts';
import { bytesText, counted, exactBytesText, oneLine, rateText, secondsText, usdText } from '../options/units.ts';

/** The receipt of a finished transfer, for a person to read. Ends with a line break. */
export function receiptText(view: TransferView): string {
  const { source, target } = { source: oneLine(view.source), target: oneLine(view.target) };
  if (!view.receipt) return `${target} was there already; nothing was copied${keptText(view)}.\n`;
  const { receipt, transferId } = view;
  return `Copied ${source} to ${target}\n${rowsText(receiptRows(receipt, transferId))}${leftText(receipt.notCarried)}`;
}

function keptText({ kept }: TransferView): string {
  return kept === undefined ? '' : `: ${oneLine(inOptions(kept))}`;
}

/** The attributes that stayed behind, and why. Empty if Partway carried all of them. */
export function leftText(notCarried: readonly NotCarried[] = []): string {
  if (notCarried.length === 0) return '';
  return `Not carried over\n${notCarried.map(({ what, why }) => `  ${oneLine(what)}: ${oneLine(inOptions(why))}\n`).join('')}`;
}

export type Row = readonly [label: string, value: string];

/** One line a row, with the labels in one column. */
export function rowsText(rows: readonly Row[]): string {
  const columns = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(columns)}  ${oneLine(value)}\n`).join('');
}

function receiptRows(receipt: Receipt, transferId: string): Row[] {
  const { bytes, seconds, historyEvents, bytesResent, retries, rounds, uploads } = receipt;
  const { bytesReadBack = 0, unproven = [] } = receipt; // receipts of earlier versions have neither
  const rate = seconds > 0 && bytes > 0 ? `, ${rateText(bytes / seconds)}` : '';
  return [
    ['transfer', transferId],
    ['size', exactBytesText(bytes)],
    ['parts', partsText(receipt)],
    ['CRC32', receipt.crc32 ?? unknownCrc(receipt)],
    ...inStoreRow(receipt),
    ['ETag', receipt.etag ?? 'the target gives none'],
    ['proven by', receipt.proofs.join('; ') || 'its length'],
    ...unproven.map((sentence): Row => ['not proven', inOptions(sentence)]),
    ['sent twice', bytesResent === 0 ? 'nothing' : exactBytesText(bytesResent)],
    ...(bytesReadBack > 0 ? [['read back', exactBytesText(bytesReadBack)] as const] : []),
    ['retries', `${counted(retries, 'retry', 'retries')}, ${counted(rounds, 'round')}, ${counted(uploads, 'upload')}`],
    ['time', `${secondsText(seconds)}${rate}`],
    ['history', historyEvents === undefined ? 'not known' : counted(historyEvents, 'event')],
    ['cost', `${usdText(receipt.costUsd)} on AWS, without what stores and networks charge for bytes that leave`],
  ];
}

function unknownCrc({ copiedInStore }: Receipt): string {
  const inStore = copiedInStore !== undefined && copiedInStore.parts > 0;
  return `not known: ${inStore ? 'the store copied by itself' : 'somebody else sent some of the parts'}`;
}

function inStoreRow({ copiedInStore, parts }: Receipt): Row[] {
  if (!copiedInStore) return [];
  const { parts: copied, bytes, whyNot } = copiedInStore;
  const how = `the store copied ${copied.toLocaleString('en-US')} of ${counted(parts, 'part')} by itself, ${bytesText(bytes)}`;
  return [['in store', whyNot === undefined ? how : `${how}; Partway streamed the rest: ${whyNot}`]];
}

function partsText(receipt: Receipt): string {
  const { bytes, parts } = receipt;
  if (parts <= 1) return '1, in one piece';
  const lastBytes = bytes - bytesOfParts(receipt, parts - 1);
  const last = lastBytes === sizeOfPart(receipt, parts) ? '' : `, the last one ${bytesText(lastBytes)}`;
  return `${parts.toLocaleString('en-US')} × ${partSizesText(receipt, bytesText)}${last}`;
}
