import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Claim, claimOf } from './claim.ts';
import { encodePath, parseQuery } from './encoding.ts';
import { SignatureRefusedError } from './refused.ts';
import { Sha256 } from './sha256.ts';

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Short-lived credentials, such as those of a Lambda, have a token. Then each request must contain it. */
  readonly sessionToken?: string | undefined;
};

/** A request as it came over the network. `url` is the raw path and query, still encoded. */
export type SignedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /**
   * The whole body, if the service has it. A service that streams the body leaves it out, and checks the returned
   * payloadHash itself.
   */
  readonly body?: Uint8Array;
};

export type SignatureRules = {
  /** The credentials of all callers that the service accepts. */
  readonly credentials: Credentials | readonly Credentials[];
  readonly region: string;
  readonly service: string;
  /** The time of the verification. Default: now. */
  readonly now?: Date;
};

type VerifiedRequest = {
  /** The owner of the signature. */
  readonly accessKeyId: string;
  readonly payloadHash: string;
  readonly presigned: boolean;
};

// "The request timestamp must be within 15 minutes": S3 API reference, RequestTimeTooSkewed.
const SKEW_MS_MAX = 15 * 60 * 1000;

/**
 * Verifies the signature in the header or the query of a request. It signs the request again with the AWS SDK's own signer,
 * and compares. Throws SignatureRefusedError.
 */
export async function verifySignature(request: SignedRequest, rules: SignatureRules): Promise<VerifiedRequest> {
  refuseRepeatedNames(request.url);
  const claim = claimOf(request.headers, parseQuery(request.url));
  const credentials = knownCredentials(claim, rules);
  refuseWrongScope(claim, rules);
  refuseWrongTime(claim, rules.now ?? new Date());
  refuseUnsignedHeaders(claim, request.headers);
  const payloadHash = payloadHashOf(request, claim);
  const expected = await expectedSignature(request, { ...rules, claim, credentials, payloadHash });
  if (!sameText(expected, claim.signature)) throw new SignatureRefusedError('SignatureDoesNotMatch');
  return { accessKeyId: claim.accessKeyId, payloadHash, presigned: claim.presigned };
}

/**
 * With one name twice, we would verify one value, and the server might use the other. No client of ours sends such a
 * query.
 */
function refuseRepeatedNames(url: string): void {
  const names = [...new URLSearchParams(url.split('?', 2)[1] ?? '').keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new SignatureRefusedError('InvalidRequest', { message: `The query has the name '${repeated}' twice.` });
}

function knownCredentials(claim: Claim, rules: SignatureRules): Credentials {
  const known = [rules.credentials].flat().find(({ accessKeyId }) => sameText(accessKeyId, claim.accessKeyId));
  if (known === undefined) throw new SignatureRefusedError('InvalidAccessKeyId');
  if (known.sessionToken !== undefined && !sameText(known.sessionToken, claim.sessionToken ?? ''))
    throw new SignatureRefusedError('InvalidToken');
  return known;
}

function refuseWrongScope(claim: Claim, rules: SignatureRules): void {
  const code = claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
  if (claim.region !== rules.region) {
    const message = `The authorization is malformed; the region '${claim.region}' is wrong; expecting '${rules.region}'`;
    throw new SignatureRefusedError(code, { message, elements: { Region: rules.region } });
  }
  if (claim.service !== rules.service) {
    throw new SignatureRefusedError(code, {
      message: `The service '${claim.service}' is wrong; expecting '${rules.service}'.`,
    });
  }
}

function refuseWrongTime(claim: Claim, now: Date): void {
  const ageMs = now.getTime() - claim.date.getTime();
  const lifeMs = claim.presigned ? claim.expiresSeconds * 1000 : SKEW_MS_MAX;
  if (claim.presigned && ageMs > lifeMs)
    throw new SignatureRefusedError('AccessDenied', { message: 'Request has expired' });
  if (ageMs > lifeMs || ageMs < -SKEW_MS_MAX) throw new SignatureRefusedError('RequestTimeTooSkewed');
}

/**
 * The client must sign the host, or the signature would be valid at other servers too. It must also sign each x-amz
 * header, or a person who has a presigned URL could add one.
 */
function refuseUnsignedHeaders(claim: Claim, headers: IncomingHttpHeaders): void {
  const unsigned = Object.keys(headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !claim.signedHeaders.includes(name),
  );
  const harmful = unsigned.filter((name) => !(claim.presigned && name === 'x-amz-content-sha256'));
  if (harmful.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new SignatureRefusedError('AccessDenied', { message, elements: { HeadersNotSigned: harmful.join(', ') } });
  }
}

/**
 * What represents the body in the signature: its digest, or one of S3's words for "not signed". If we have the whole
 * body, we compute its digest ourselves and do not trust the header.
 */
function payloadHashOf({ url, headers, body }: SignedRequest, claim: Claim): string {
  const header = headers['x-amz-content-sha256'];
  const declared = claim.signedHeaders.includes('x-amz-content-sha256') ? String(header ?? '') : undefined;
  if (body !== undefined) {
    const digest = createHash('sha256').update(body).digest('hex');
    if (declared === undefined || declared === digest) return digest;
    throw new SignatureRefusedError('XAmzContentSHA256Mismatch');
  }
  if (declared !== undefined) return declared;
  if (claim.presigned) return parseQuery(url)['X-Amz-Content-Sha256'] ?? 'UNSIGNED-PAYLOAD';
  const message = 'Missing required header for this request: x-amz-content-sha256';
  throw new SignatureRefusedError('InvalidRequest', { message });
}

type Signing = Pick<SignatureRules, 'region' | 'service'> & {
  readonly claim: Claim;
  readonly credentials: Credentials;
  readonly payloadHash: string;
};

/** Signs the request again, with the headers that the client says it signed. */
async function expectedSignature(request: SignedRequest, signing: Signing): Promise<string> {
  const { claim, credentials, region, service, payloadHash } = signing;
  const { accessKeyId, secretAccessKey } = credentials;
  const isS3 = service === 's3';
  const signer = new SignatureV4({
    // We give the signer no token, because the headers or the query have it already.
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: !isS3,
    applyChecksum: false,
  });
  // If the client signed a header that did not arrive, we sign an empty one, so that the signatures differ.
  const headers = Object.fromEntries(claim.signedHeaders.map((name) => [name, asSent(request.headers[name])]));
  const rawPath = request.url.split('?', 1)[0] ?? '/';
  const message = {
    method: request.method,
    path: isS3 ? s3Path(rawPath) : rawPath,
    query: parseQuery(request.url),
    headers: { ...headers, 'x-amz-content-sha256': payloadHash },
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

/** Node reads the bytes of a header as Latin-1. Clients sign the UTF-8 that they send. */
function asSent(value: string | string[] | undefined): string {
  return Buffer.from(String(value ?? ''), 'latin1').toString('utf8');
}

function s3Path(rawPath: string): string {
  try {
    return encodePath(rawPath);
  } catch {
    throw new SignatureRefusedError('InvalidURI');
  }
}

type Message = { method: string; path: string; query: Record<string, string>; headers: Record<string, string> };
type PresignOptions = NonNullable<Parameters<SignatureV4['presign']>[1]> & { signableHeaders: Set<string> };

/** The signer adds its own query parameters again. `unhoistableHeaders` keeps it from moving x-amz headers into the query. */
async function presignedSignature(signer: SignatureV4, message: Message, options: PresignOptions): Promise<string> {
  const unhoistableHeaders = new Set([...options.signableHeaders, 'x-amz-content-sha256']);
  const query = { ...message.query };
  delete query['X-Amz-Signature'];
  const answer = await signer.presign(new HttpRequest({ ...message, query }), { ...options, unhoistableHeaders });
  return String(answer.query?.['X-Amz-Signature'] ?? '');
}

/** Compares in constant time, so that the time does not show how much of a guess was right. */
function sameText(expected: string, given: string): boolean {
  const digests = [expected, given].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(digests[0] ?? Buffer.alloc(1), digests[1] ?? Buffer.alloc(2));
}
