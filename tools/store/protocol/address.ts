import type { IncomingHttpHeaders } from 'node:http';
import { parseQuery } from '../../signed/encoding.ts';
import { StoreError } from './errors.ts';

/** What a request addresses. An empty bucket name means the service. An empty key means the bucket. */
type Address = { readonly bucketName: string; readonly key: string; readonly query: Record<string, string> };

// A name before `.s3.localhost` is a bucket. All other hosts are path style.
const VIRTUAL_HOST = /^(.+)\.s3\.localhost(?::\d+)?$/;

/** A key is everything after the bucket. It is a name and not a path, so it keeps empty segments and dots. */
export function parseAddress(url: string, headers: IncomingHttpHeaders): Address {
  const path = decode(url.split('?', 1)[0] ?? '/').slice(1);
  const query = parseQuery(url);
  const bucketOfHost = VIRTUAL_HOST.exec(headers.host ?? '')?.[1];
  if (bucketOfHost !== undefined) return { bucketName: bucketOfHost, key: path, query };
  return { ...splitPath(path), query };
}

/** Reads x-amz-copy-source: `bucket/key` or `/bucket/key`, percent-encoded, perhaps with `?versionId=null`. */
export function parseCopySource(header: string): { bucketName: string; key: string } {
  const [path = '', version] = header.split('?versionId=');
  if (version !== undefined && version !== 'null') throw new StoreError('NotImplemented');
  const source = splitPath(decode(path).replace(/^\//, ''));
  if (source.bucketName === '' || source.key === '') {
    throw new StoreError('InvalidArgument', { message: 'Copy Source must mention the source bucket and key.' });
  }
  return source;
}

function splitPath(path: string): { bucketName: string; key: string } {
  const slash = path.indexOf('/');
  return slash < 0 ? { bucketName: path, key: '' } : { bucketName: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** Throws InvalidURI for a percent sign that encodes nothing, and for bytes that are not UTF-8. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreError('InvalidURI');
  }
}
