import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseQuery } from '../../signed/encoding.ts';
import { SignatureRefusedError } from '../../signed/refused.ts';
import { type SignatureRules, type SignedRequest, verifySignature } from '../../signed/signature.ts';
import { StoreError } from '../protocol/errors.ts';
import type { StoreOptions } from '../state/call.ts';

type Authorized = {
  /** The function that signed. Undefined if the signer is not a function. */
  readonly caller: string | undefined;
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

/** Verifies the signature. It refuses anonymous requests, because every bucket here is private. */
export async function authorize(request: IncomingMessage, options: StoreOptions): Promise<Authorized> {
  const { accessKeyId, secretAccessKey, region, callers } = options;
  const { method = '', url = '/', headers } = request;
  const credentials = [{ accessKeyId, secretAccessKey }, ...(callers?.all() ?? [])];
  const verified = await verifyS3Signature({ method, url, headers }, { credentials, region });
  const { payloadHash, presigned } = verified;
  if (!PAYLOAD_WORDS.has(payloadHash) && !/^[0-9a-f]{64}$/.test(payloadHash)) {
    const message = 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING word or a valid sha256 value.';
    throw new StoreError('InvalidArgument', { message });
  }
  return {
    caller: callers?.nameOf(verified.accessKeyId),
    payloadHash,
    headers: presigned ? { ...hoistedHeaders(url), ...flat(headers) } : flat(headers),
  };
}

/** Translates a refused signature into StoreError, which all operations of the store throw. */
export async function verifyS3Signature(request: SignedRequest, rules: Pick<SignatureRules, 'credentials' | 'region'>) {
  try {
    return await verifySignature(request, { ...rules, service: 's3' });
  } catch (error) {
    throw error instanceof SignatureRefusedError ? new StoreError(error.code, error.details) : error;
  }
}

/** A presigned URL may have headers in its query. S3 treats them as if the client had sent them as headers. */
function hoistedHeaders(url: string): Record<string, string> {
  const named = Object.entries(parseQuery(url)).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return Object.fromEntries(named.filter(([name]) => name.startsWith('x-amz-')));
}

function flat(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
}
