import { partSizesText } from '../../../functions/transfer/values/part-sizes.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { failureText } from '../failure/failure-text.ts';
import { inOptions } from '../options/option-names.ts';
import { bytesText, clockText } from '../options/units.ts';
import { meterText } from './bar.ts';
import { type Row, receiptText, rowsText } from './receipt.ts';
import { stateText } from './tables.ts';
import { meterOf } from './watch.ts';

/** The state of a transfer at one moment, for a person to read. */
export function statusText(view: TransferView): string {
  const {
    transferId,
    state,
    source,
    target,
    plan,
    createdAt,
    updatedAt,
    execution,
    lastError,
    failure,
    elapsedSeconds,
  } = view;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['transfer', transferId],
    ['state', stateText(view)],
    ['source', source],
    ['target', target],
    ['progress', state === 'aborted' ? undefined : meterText(meterOf(view))],
    ['part size', plan && partSizesText(plan, bytesText)],
    ['created', createdAt],
    ['updated', updatedAt],
    ['elapsed', clockText(elapsedSeconds)],
    ['execution', execution],
    // A failed transfer shows its failure below, with the same sentence.
    ['last error', failure || !lastError ? undefined : inOptions(lastError)],
  ];
  const known = rows.filter((row): row is Row => row[1] !== undefined);
  const end = state === 'copied' ? receiptText(view) : failure ? failureText(failure) : '';
  return rowsText(known) + end;
}
