import { TransferError } from '../../transfer/errors.ts';
import type { TransferRequest } from '../../transfer/request.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { sourceName } from '../../transfer/views/view.ts';
import { fingerprint, isScrubbed, scrubbed } from '../claim/identity.ts';
import type { Ports, SourceStore } from '../ports/ports.ts';

/**
 * Opens the source of a transfer. If the header has only a hash of its URL's query, the URL comes from its own row.
 * Throws as `Ports.source`, and Refused if that row is gone.
 */
export async function openSource(
  ports: Ports,
  { transferId, request }: Pick<Transfer, 'transferId' | 'request'>,
): Promise<SourceStore> {
  const { source } = request;
  if (!('url' in source) || !isScrubbed(source.url)) return ports.source({ request });
  const url = await ports.checkpoints.keptUrl(transferId);
  if (url !== undefined) return ports.source({ request: { ...request, source: { url } } });
  throw new TransferError(
    'Refused',
    `Partway no longer has the query of ${sourceName(source)}: it keeps one for 16 days after a request gave it. Give the URL again.`,
  );
}

/**
 * Keeps the URL of a request apart from its header, which has only a hash of the query. A header of another request
 * does not mean this URL, so then nothing is written. Twice is the same, and renews the time for which the URL is kept.
 */
export async function keepUrl(
  { checkpoints }: Ports,
  { transferId, request: known }: Transfer,
  request: TransferRequest,
): Promise<void> {
  if (!('url' in request.source) || !('url' in known.source) || !isScrubbed(known.source.url)) return;
  if (fingerprint(known) === fingerprint(scrubbed(request))) await checkpoints.keepUrl(transferId, request.source.url);
}
