import type { ObjectWrite } from '../transfer/ports.ts';
import type { ContentHeaders, Transfer } from '../transfer/transfer.ts';

/** In every object that we write: whose it is. So a Complete whose answer was lost can be told from a stranger's. */
export const TRANSFER_ID_METADATA = 'partway-transfer';
/** Which generation of the source it came from, for overwrite: "if-different". */
export const SOURCE_ETAG_METADATA = 'partway-source-etag';

/** What is written beside the bytes: the source's own headers and metadata, then what the request asks for, then ours. */
export function objectWrite(transfer: Transfer): ObjectWrite {
  const { request, source, transferId } = transfer;
  const sourceEtag = source?.etag;
  return {
    target: request.target,
    headers: { ...source?.headers, ...asked(request) },
    metadata: {
      ...source?.metadata,
      ...request.metadata,
      [TRANSFER_ID_METADATA]: transferId,
      ...(sourceEtag === undefined ? {} : { [SOURCE_ETAG_METADATA]: sourceEtag }),
    },
    storageClass: request.storageClass,
    onlyIfAbsent: request.overwrite === 'never',
  };
}

function asked(request: Transfer['request']): ContentHeaders {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = request;
  const headers = { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
