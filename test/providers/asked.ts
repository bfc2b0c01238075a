import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseAddress } from '../../tools/store/protocol/address.ts';
import { findRoute } from '../../tools/store/routes.ts';
import type { Ledger } from './ledger.ts';
import type { Ask, Change } from './tempers/temper.ts';

type Asking = {
  readonly ledger: Ledger;
  readonly bytesAt: (key: string) => Promise<number | undefined>;
  /** The path of the URL where the S3 API begins. */
  readonly path: string;
};

/** The request as the rules see it. Throws StoreError if S3 has no such operation. */
export async function askOf(request: IncomingMessage, { ledger, bytesAt, path }: Asking): Promise<Ask> {
  const { method = '' } = request;
  const url = request.url?.slice(path.length) ?? '/';
  const headers = flat(request.headers);
  const { bucketName: bucket, key, query } = parseAddress(url, request.headers);
  const byPath = bucket !== '' && url.startsWith(`/${bucket}`);
  const copies = headers['x-amz-copy-source'] !== undefined;
  const operation = findRoute({ method, bucketName: bucket, key, query, copies }).name;
  const uploadId = query.uploadId ?? '';
  return {
    operation,
    bucket,
    key,
    byPath,
    query,
    headers,
    bytes: Number(headers['x-amz-decoded-content-length'] ?? headers['content-length'] ?? 0),
    partNumber: Number(query.partNumber ?? 0),
    text: operation === 'CompleteMultipartUpload' ? await text(request) : '',
    parts: ledger.partsOf(uploadId),
    isThere: async () => (await bytesAt(key)) !== undefined,
    sourceBytes: () => bytesAt(copiedFrom(headers)),
    sums: () => ledger.sumsOf(operation === 'UploadPart' ? `${uploadId}#${query.partNumber}` : `${bucket}/${key}`),
  };
}

/** The key in x-amz-copy-source. It is percent-encoded, and comes after the bucket. */
function copiedFrom({ 'x-amz-copy-source': source = '' }: Readonly<Record<string, string>>): string {
  const [path = ''] = source.split('?');
  return decodeURIComponent(path.replace(/^\/?[^/]+\//, ''));
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The request as the store gets it, after the rules have changed it. `ask` itself stays what the client sent. */
export function changedAsk(ask: Ask, changes: readonly ((ask: Ask) => Change)[]): Ask {
  let now = ask;
  for (const change of changes) {
    const { headers = {}, query = {}, text = now.text } = change(now);
    const kept = Object.entries({ ...now.headers, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    now = { ...now, headers: Object.fromEntries(kept), query: { ...now.query, ...query }, text };
  }
  return now;
}
