import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { encodePath, parseQuery } from './address.ts';
import { StoreError } from './errors.ts';

/** A request as it stood on the wire: `url` is the raw path and query, still encoded. */
export type SignedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Given by services that have the whole body at hand; who streams it checks the returned payloadHash itself. */
  readonly body?: Uint8Array;
};

type SignatureRules = {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  readonly service: string;
  /** The time of the verification; the clock's when left out. */
  readonly now?: Date;
};

type VerifiedRequest = { readonly payloadHash: string; readonly presigned: boolean };

type Claim = {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: Date;
  readonly expiresSeconds: number;
};

// "The request timestamp must be within 15 minutes": S3 API reference, RequestTimeTooSkewed.
const SKEW_MS_MAX = 15 * 60 * 1000;
// A presigned URL lives for seven days at most: S3 API reference, X-Amz-Expires.
const EXPIRES_SECONDS_MAX = 7 * 24 * 60 * 60;

/**
 * Recomputes the signature of a request, in its header or its query, with the AWS SDK's own signer and compares.
 * Throws StoreError with S3's code: AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed,
 * XAmzContentSHA256Mismatch, AuthorizationHeaderMalformed or AuthorizationQueryParametersError.
 */
export async function verifySignature(request: SignedRequest, rules: SignatureRules): Promise<VerifiedRequest> {
  const query = parseQuery(request.url);
  const claim = query['X-Amz-Algorithm'] === undefined ? claimInHeader(request.headers) : claimInQuery(query);
  refuseWrongScope(claim, rules);
  refuseWrongTime(claim, rules.now ?? new Date());
  refuseUnsignedHeaders(claim, request.headers);
  refuseOtherBody(request);
  const expected = await expectedSignature(request, claim, rules);
  if (!sameText(expected, claim.signature)) throw new StoreError('SignatureDoesNotMatch');
  return { payloadHash: payloadHashOf(request, claim), presigned: claim.presigned };
}

function claimInHeader(headers: IncomingHttpHeaders): Claim {
  if (headers.authorization === undefined) throw new StoreError('AccessDenied');
  const match = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)$/.exec(
    headers.authorization,
  );
  if (match === null) throw new StoreError('AuthorizationHeaderMalformed');
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  const date = parseDate(String(headers['x-amz-date'] ?? ''));
  if (date === undefined) throw new StoreError('AccessDenied', { message: 'A valid X-Amz-Date header is required.' });
  return {
    presigned: false,
    ...scopeOf(credential, 'AuthorizationHeaderMalformed'),
    date,
    expiresSeconds: 0,
    signature,
    signedHeaders: signedHeaders.split(';'),
  };
}

function claimInQuery(query: Record<string, string>): Claim {
  const date = parseDate(query['X-Amz-Date'] ?? '');
  const expiresSeconds = Number(query['X-Amz-Expires'] ?? Number.NaN);
  const valid = query['X-Amz-Algorithm'] === 'AWS4-HMAC-SHA256' && date !== undefined;
  if (!valid || !(expiresSeconds >= 0 && expiresSeconds <= EXPIRES_SECONDS_MAX)) {
    throw new StoreError('AuthorizationQueryParametersError');
  }
  return {
    presigned: true,
    ...scopeOf(query['X-Amz-Credential'] ?? '', 'AuthorizationQueryParametersError'),
    signedHeaders: (query['X-Amz-SignedHeaders'] ?? '').split(';'),
    signature: query['X-Amz-Signature'] ?? '',
    date,
    expiresSeconds,
  };
}

/** A credential is `key/yyyymmdd/region/service/aws4_request`; the key itself may hold slashes. */
function scopeOf(
  credential: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): Pick<Claim, 'accessKeyId' | 'region' | 'service'> {
  const words = credential.split('/');
  const [, region, service, terminator] = words.slice(-4);
  if (words.length < 5 || region === undefined || service === undefined || terminator !== 'aws4_request') {
    throw new StoreError(code);
  }
  return { accessKeyId: words.slice(0, -4).join('/'), region, service };
}

function refuseWrongScope(claim: Claim, rules: SignatureRules): void {
  if (!sameText(claim.accessKeyId, rules.credentials.accessKeyId)) throw new StoreError('InvalidAccessKeyId');
  const code = claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
  if (claim.region !== rules.region) {
    const message = `The authorization is malformed; the region '${claim.region}' is wrong; expecting '${rules.region}'`;
    throw new StoreError(code, { message, elements: { Region: rules.region } });
  }
  if (claim.service !== rules.service) {
    throw new StoreError(code, { message: `The service '${claim.service}' is wrong; expecting '${rules.service}'.` });
  }
}

function refuseWrongTime(claim: Claim, now: Date): void {
  const ageMs = now.getTime() - claim.date.getTime();
  const lifeMs = claim.presigned ? claim.expiresSeconds * 1000 : SKEW_MS_MAX;
  if (claim.presigned && ageMs > lifeMs) throw new StoreError('AccessDenied', { message: 'Request has expired' });
  if (ageMs > lifeMs || ageMs < -SKEW_MS_MAX) throw new StoreError('RequestTimeTooSkewed');
}

/** S3 obeys no x-amz header that was not signed: whoever holds a presigned URL could add its own. */
function refuseUnsignedHeaders(claim: Claim, headers: IncomingHttpHeaders): void {
  const unsigned = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-') && !claim.signedHeaders.includes(name),
  );
  const harmful = unsigned.filter((name) => !(claim.presigned && name === 'x-amz-content-sha256'));
  if (harmful.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new StoreError('AccessDenied', { message, elements: { HeadersNotSigned: harmful.join(', ') } });
  }
}

/** The signature covers the digest that the header declares, and that digest must be the body's. */
function refuseOtherBody({ headers, body }: SignedRequest): void {
  const declared = headers['x-amz-content-sha256'];
  if (body === undefined || typeof declared !== 'string' || !/^[0-9a-f]{64}$/.test(declared)) return;
  const digest = createHash('sha256').update(body).digest('hex');
  if (digest !== declared) throw new StoreError('XAmzContentSHA256Mismatch');
}

/** What stands for the body in the signature: a digest, or one of S3's words for "not signed". */
function payloadHashOf(request: SignedRequest, claim: Claim): string {
  const declared = request.headers['x-amz-content-sha256'];
  if (typeof declared === 'string' && claim.signedHeaders.includes('x-amz-content-sha256')) return declared;
  if (claim.service !== 's3')
    return createHash('sha256')
      .update(request.body ?? '')
      .digest('hex');
  if (claim.presigned) return parseQuery(request.url)['X-Amz-Content-Sha256'] ?? 'UNSIGNED-PAYLOAD';
  throw new StoreError('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' });
}

/** Signs the request again, as far as the client says that it signed it. */
async function expectedSignature(request: SignedRequest, claim: Claim, rules: SignatureRules): Promise<string> {
  const { credentials, region, service } = rules;
  const isS3 = service === 's3';
  const signer = new SignatureV4({
    credentials,
    region,
    service,
    sha256: Sha256,
    uriEscapePath: !isS3,
    applyChecksum: false,
  });
  // A header that was signed and did not arrive counts as empty, and the signatures differ.
  const headers = Object.fromEntries(claim.signedHeaders.map((name) => [name, String(request.headers[name] ?? '')]));
  const rawPath = request.url.split('?', 1)[0] ?? '/';
  const message = {
    method: request.method,
    path: isS3 ? encodePath(rawPath) : rawPath,
    query: parseQuery(request.url),
    headers: { ...headers, 'x-amz-content-sha256': payloadHashOf(request, claim) },
  };
  const signed = new Set(claim.signedHeaders);
  const options = {
    signingDate: claim.date,
    signableHeaders: signed,
    unsignableHeaders: new Set(['x-amz-content-sha256', 'x-amz-date'].filter((name) => !signed.has(name))),
  };
  if (claim.presigned) return presignedSignature(signer, message, { ...options, expiresIn: claim.expiresSeconds });
  const { headers: answer } = await signer.sign(new HttpRequest(message), options);
  return /Signature=(\w+)/.exec(answer.authorization ?? '')?.[1] ?? '';
}

type Message = { method: string; path: string; query: Record<string, string>; headers: Record<string, string> };
type PresignOptions = NonNullable<Parameters<SignatureV4['presign']>[1]> & { signableHeaders: Set<string> };

/** The signer adds its own query parameters again, and would move x-amz headers into the query if it were let. */
async function presignedSignature(signer: SignatureV4, message: Message, options: PresignOptions): Promise<string> {
  const unhoistableHeaders = new Set([...options.signableHeaders, 'x-amz-content-sha256']);
  const query = { ...message.query };
  delete query['X-Amz-Signature'];
  const answer = await signer.presign(new HttpRequest({ ...message, query }), { ...options, unhoistableHeaders });
  return String(answer.query?.['X-Amz-Signature'] ?? '');
}

/** In constant time: how long a comparison took must not tell how much of a guess was right. */
function sameText(expected: string, given: string): boolean {
  const digests = [expected, given].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(digests[0] ?? Buffer.alloc(1), digests[1] ?? Buffer.alloc(2));
}

function parseDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

type SignerHash = { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array>; reset(): void };
type SignerHashConstructor = new (secret?: string | ArrayBuffer | ArrayBufferView) => SignerHash;

/** The signer wants something it can call with `new`; a function that returns an object will do. */
function sha256(secret?: string | Uint8Array): SignerHash {
  const hash: Hash | Hmac = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest(), reset: () => {} };
}

const Sha256 = sha256 as unknown as SignerHashConstructor;
