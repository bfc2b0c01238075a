import type { UploadsPage } from '../../functions/engine/open-uploads.ts';
import type { EndpointFacts } from '../../functions/transfer/ports.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/view.ts';
import { percentOf } from './bar.ts';
import { bytesText } from './units.ts';

export function transfersText(transfers: readonly TransferView[]): string {
  if (transfers.length === 0) return 'There are no transfers.\n';
  const rows = transfers.map(({ transferId, state, progress, target, createdAt }) => [
    ...[transferId, state, `${percentOf(progress)}%`, bytesText(progress.bytesTotal), createdAt.slice(0, 19)],
    target,
  ]);
  return tableText([['transfer', 'state', '', 'size', 'created (UTC)', 'target'], ...rows]);
}

export function partsText(parts: readonly CopiedPart[]): string {
  if (parts.length === 0) return 'No part is at the target yet.\n';
  const rows = parts.map(({ partNumber, bytes, crc32, etag }) => [
    ...[String(partNumber), bytesText(bytes), crc32?.toString(16).padStart(8, '0') ?? '-'],
    etag,
  ]);
  return tableText([['part', 'size', 'CRC32', 'ETag'], ...rows]);
}

export function endpointsText(endpoints: readonly EndpointFacts[]): string {
  if (endpoints.length === 0) return 'The stack has no endpoints.\n';
  const rows = endpoints.map(({ name, provider, region, url, allow }) => [
    ...[name, provider, region, url ?? '(by its region)'],
    allow.join(', '),
  ]);
  return tableText([['endpoint', 'provider', 'region', 'URL', 'may touch'], ...rows]);
}

function tableText(rows: readonly (readonly string[])[]): string {
  const columns = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, index) => cell.padEnd(columns[index] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

export function uploadsText({ uploads, isTruncated }: UploadsPage): string {
  if (uploads.length === 0) return 'No upload is in progress there.\n';
  const rows = uploads.map(({ key, uploadId, initiatedAtMs }) => [
    Number.isFinite(initiatedAtMs) ? new Date(initiatedAtMs).toISOString().slice(0, 19) : '-',
    uploadId,
    key,
  ]);
  const last = uploads.at(-1);
  const more = isTruncated && last ? `More: --key-marker '${last.key}' --upload-id-marker '${last.uploadId}'\n` : '';
  return tableText([['begun (UTC)', 'upload id', 'key'], ...rows]) + more;
}
