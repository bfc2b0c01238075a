import type { UploadsPage } from '../../../functions/engine/calls/open-uploads.ts';
import type { EndpointFacts } from '../../../functions/engine/ports/ports.ts';
import type { CopiedPart } from '../../../functions/transfer/transfer.ts';
import { placesFor } from '../../../functions/transfer/values/places.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { bytesText, oneLine } from '../options/units.ts';
import { percentOf } from './bar.ts';
import { wasThere } from './watch.ts';

const GAP = '  ';
const ELLIPSIS = '...';
const CUT_COLUMNS_MIN = 16;

export function transfersText(transfers: readonly TransferView[], columns?: number): string {
  if (transfers.length === 0) return 'There are no transfers.\n';
  const rows = transfers.map((view) => [
    ...[view.transferId, stateText(view), donePercent(view), sizeOf(view), view.createdAt.slice(0, 19)],
    view.target,
  ]);
  return tableText([['transfer', 'state', 'done', 'size', 'created (UTC)', 'target'], ...rows], columns);
}

/** A transfer that was refused before anything began holds no key and has no parts, so nobody must care for it. */
export function stateText({ state, refused }: TransferView): string {
  return refused ? 'refused' : state;
}

function donePercent(view: TransferView): string {
  if (wasThere(view)) return 'was there';
  return view.plan && view.state !== 'aborted' ? `${percentOf(view.progress)}%` : '-';
}

/** Nobody knows the size before Partway has looked at the source. */
function sizeOf({ plan, progress }: TransferView): string {
  return plan || progress.bytesTotal > 0 ? bytesText(progress.bytesTotal) : '-';
}

export function partsText(parts: readonly CopiedPart[]): string {
  if (parts.length === 0) return 'No parts are recorded for this transfer.\n';
  const rows = parts.map(({ partNumber, bytes, crc32, etag }) => [
    ...[String(partNumber), bytesText(bytes), crc32?.toString(16).padStart(8, '0') ?? '-'],
    etag,
  ]);
  return tableText([['part', 'size', 'CRC32', 'ETag'], ...rows]);
}

export function endpointsText(endpoints: readonly EndpointFacts[]): string {
  if (endpoints.length === 0) return 'The stack has no endpoints.\n';
  const rows = endpoints.map((endpoint) => {
    const { name, provider, region, url = '(by its region)' } = endpoint;
    const [read, write] = (['read', 'write'] as const).map((use) => placesFor(endpoint, use).join(', ') || '-');
    return [name, provider, region, url, read ?? '-', write ?? '-'];
  });
  return tableText([['endpoint', 'provider', 'region', 'URL', 'may read', 'may write'], ...rows]);
}

/** On a terminal, cuts the last cell (usually a key) so that a row fits into one line. A file or a pipe gets the whole cell. */
export function tableText(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = (cells[0] ?? []).map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  const lines = cells.map((row) => {
    const [last = '', ...others] = row.toReversed();
    const padded = others.toReversed().map((cell, index) => cell.padEnd(widths[index] ?? 0));
    return [...padded, cutInside(last, columns - before)].join(GAP);
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/**
 * Cuts a key in the middle, because a reader needs both ends, and needs the last name most. If almost no room is left,
 * it does not cut, and lines may wrap.
 */
function cutInside(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width || width < CUT_COLUMNS_MIN) return text;
  const head = Math.floor((width - ELLIPSIS.length) / 3);
  const tail = width - ELLIPSIS.length - head;
  return [...characters.slice(0, head), ELLIPSIS, ...characters.slice(-tail)].join('');
}

export function uploadsText({ uploads, isTruncated }: UploadsPage, columns?: number): string {
  if (uploads.length === 0) return 'No upload is in progress there.\n';
  const rows = uploads.map(({ key, uploadId, initiatedAtMs }) => [
    Number.isFinite(initiatedAtMs) ? new Date(initiatedAtMs).toISOString().slice(0, 19) : '-',
    uploadId,
    key,
  ]);
  const last = uploads.at(-1);
  const more = isTruncated && last ? `More: --key-marker '${last.key}' --upload-id-marker '${last.uploadId}'\n` : '';
  return tableText([['begun (UTC)', 'upload id', 'key'], ...rows], columns) + more;
}
