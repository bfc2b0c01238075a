/**
 * A program: an S3 store without bytes. It answers a GET with zeros, and forgets what is put. So nearly all CPU seconds of a
 * copy between two such stores are the client's own. `node null-store.ts [certificate key]` prints its URL, and ends with
 * its standard input.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { MiB } from '../../../functions/transfer/values/sizes.ts';
import { listening } from '../../listening.ts';

// The key of an object says how many bytes it has.
const SIZE_IN_KEY = /(\d+)-bytes$/;
const zeros = Buffer.alloc(MiB);
// It looks like an MD5, but is not that of any bytes.
const etag = createHash('md5').update('null').digest('hex');
const [certificate, key] = process.argv.slice(2);

type Metadata = Record<string, string | string[] | undefined>;
type Upload = { readonly metadata: Metadata; readonly sizes: Map<number, number> };

const uploads = new Map<string, Upload>();
const objects = new Map<string, { readonly size: number; readonly metadata: Metadata }>();
let begun = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://null');
  const uploadId = url.searchParams.get('uploadId');
  if (request.method === 'PUT') return void take(request, response, url);
  if (request.method === 'POST' && url.searchParams.has('uploads')) return void begin(request, response);
  if (request.method === 'POST' && uploadId !== null) return void complete(request, response, uploadId);
  if (request.method === 'DELETE') {
    uploads.delete(uploadId ?? '');
    return void response.writeHead(204).end();
  }
  if (uploadId !== null) return void list(response, uploadId);
  give(request, response, url.pathname);
}

function xml(response: ServerResponse, name: string, content: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`);
}

function begin(request: IncomingMessage, response: ServerResponse): void {
  const uploadId = `upload-${++begun}`;
  uploads.set(uploadId, { metadata: metadataOf(request), sizes: new Map() });
  xml(response, 'InitiateMultipartUploadResult', `<UploadId>${uploadId}</UploadId>`);
}

function metadataOf({ headers }: IncomingMessage): Metadata {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')));
}

async function take(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  let bytes = 0;
  for await (const piece of request) bytes += piece.length;
  const size = Number(request.headers['x-amz-decoded-content-length'] ?? bytes);
  const upload = uploads.get(url.searchParams.get('uploadId') ?? '');
  if (upload) upload.sizes.set(Number(url.searchParams.get('partNumber')), size);
  else objects.set(url.pathname, { size, metadata: metadataOf(request) });
  response.writeHead(200, { etag: `"${etag}"` }).end();
}

async function complete(request: IncomingMessage, response: ServerResponse, uploadId: string): Promise<void> {
  for await (const _ of request);
  const { sizes = [], metadata = {} } = uploads.get(uploadId) ?? {};
  const size = [...sizes].reduce((sum, [, each]) => sum + each, 0);
  objects.set(new URL(request.url ?? '', 'http://null').pathname, { size, metadata });
  uploads.delete(uploadId);
  xml(response, 'CompleteMultipartUploadResult', `<Key>object</Key><ETag>"${etag}-2"</ETag>`);
}

function list(response: ServerResponse, uploadId: string): void {
  const upload = uploads.get(uploadId);
  if (!upload) return void response.writeHead(404).end('<Error><Code>NoSuchUpload</Code></Error>');
  const parts = [...upload.sizes].map(
    ([number, size]) => `<Part><PartNumber>${number}</PartNumber><Size>${size}</Size><ETag>"${etag}"</ETag></Part>`,
  );
  xml(response, 'ListPartsResult', `<IsTruncated>false</IsTruncated>${parts.join('')}`);
}

function give(request: IncomingMessage, response: ServerResponse, path: string): void {
  if (path.split('/').length < 3 || path.endsWith('/')) return void response.writeHead(200).end(); // the bucket
  const { size, metadata } = objects.get(path) ?? {
    size: Number(SIZE_IN_KEY.exec(decodeURIComponent(path))?.[1] ?? Number.NaN),
    metadata: {},
  };
  if (Number.isNaN(size)) return void response.writeHead(404).end();
  const [, first = '0', last = `${size - 1}`] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const length = Number(last) - Number(first) + 1;
  const range = request.headers.range ? { 'content-range': `bytes ${first}-${last}/${size}` } : {};
  response.writeHead(request.headers.range ? 206 : 200, {
    ...range,
    ...metadata,
    'content-length': length,
    'last-modified': 'Thu, 26 Nov 2026 12:00:00 GMT',
    etag: `"${etag}"`,
  });
  if (request.method === 'HEAD') return void response.end();
  pour(response, length);
}

function pour(response: ServerResponse, length: number): void {
  let left = length;
  const more = () => {
    while (left > 0) {
      const piece = zeros.subarray(0, Math.min(left, zeros.length));
      left -= piece.length;
      if (!response.write(piece)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

const tls = certificate && key ? { cert: readFileSync(certificate), key: readFileSync(key) } : undefined;
const { port } = await listening(tls ? createTlsServer(tls, answer) : createServer(answer));
console.log(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`);
process.stdin.resume().on('end', () => process.exit());
