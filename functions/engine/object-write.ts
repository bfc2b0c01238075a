import { transferIdOf } from '../transfer/identity.ts';
import type { ObjectWrite } from '../transfer/ports.ts';
import type { Source } from '../transfer/request.ts';
import { type ContentHeaders, generationOf, type Transfer } from '../transfer/transfer.ts';
import { sourceName } from '../transfer/view.ts';

/** In every object that we write: whose it is. So a Complete whose answer was lost can be told from a stranger's. */
export const TRANSFER_ID_METADATA = 'partway-transfer';
/** Which generation of which source it came from, for overwrite: "if-different". */
export const GENERATION_METADATA = 'partway-source-etag';
export const SOURCE_METADATA = 'partway-source';
/** Of the S3 event, so that a late one of an older version does not replace a newer. */
export const SEQUENCER_METADATA = 'partway-sequencer';

/** What is written beside the bytes: the source's own headers and metadata, then what the request asks for, then ours. */
export function objectWrite(transfer: Transfer): ObjectWrite {
  const { request, source } = transfer;
  return {
    target: request.target,
    headers: { ...source?.headers, ...asked(request) },
    metadata: { ...withoutOurs(source?.metadata), ...request.metadata, ...ours(transfer) },
    storageClass: request.storageClass,
    onlyIfAbsent: request.overwrite === 'never',
  };
}

function ours({ transferId, request, source, sequencer }: Transfer): Record<string, string> {
  const generation = source && generationOf(source);
  return {
    [TRANSFER_ID_METADATA]: transferId,
    [SOURCE_METADATA]: sourceHash(request.source),
    ...(generation === undefined ? {} : { [GENERATION_METADATA]: generation }),
    ...(sequencer === undefined ? {} : { [SEQUENCER_METADATA]: sequencer }),
  };
}

/** A source that Partway wrote has these too; they tell of another transfer. */
function withoutOurs(metadata: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('partway-')));
}

/** A name may be a long URL with words that nobody should read in metadata. */
export function sourceHash(source: Source): string {
  return transferIdOf('source', sourceName(source));
}

function asked(request: Transfer['request']): ContentHeaders {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = request;
  const headers = { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
