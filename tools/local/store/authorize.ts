import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseQuery } from './address.ts';
import type { StoreOptions } from './call.ts';
import { StoreError } from './errors.ts';
import { verifySignature } from './signature.ts';

type Authorized = {
  readonly payloadHash: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
};

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "x-amz-content-sha256"
const PAYLOAD_WORDS = new Set([
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
]);

/** Anonymous requests are refused: every bucket here is private. */
export async function authorize(request: IncomingMessage, options: StoreOptions): Promise<Authorized> {
  const { accessKeyId, secretAccessKey, region } = options;
  const { method = '', url = '/', headers } = request;
  const rules = { credentials: { accessKeyId, secretAccessKey }, region, service: 's3' };
  const { payloadHash, presigned } = await verifySignature({ method, url, headers }, rules);
  if (!PAYLOAD_WORDS.has(payloadHash) && !/^[0-9a-f]{64}$/.test(payloadHash)) {
    const message = 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING word or a valid sha256 value.';
    throw new StoreError('InvalidArgument', { message });
  }
  return { payloadHash, headers: presigned ? { ...hoistedHeaders(url), ...flat(headers) } : flat(headers) };
}

/** A presigned URL may carry headers in its query: S3 obeys them as if they had been sent. */
function hoistedHeaders(url: string): Record<string, string> {
  const named = Object.entries(parseQuery(url)).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return Object.fromEntries(named.filter(([name]) => name.startsWith('x-amz-')));
}

function flat(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
}
