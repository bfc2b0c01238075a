import type { IncomingHttpHeaders } from 'node:http';
import { SignatureRefusedError } from './refused.ts';

/** What a request says about its own signature, in its header or in its query. */
export type Claim = {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: Date;
  readonly expiresSeconds: number;
};

type Query = Readonly<Record<string, string>>;

// A presigned URL is valid for at most seven days: S3 API reference, X-Amz-Expires.
const EXPIRES_SECONDS_MAX = 7 * 24 * 60 * 60;

/** Throws SignatureRefusedError if the request has no claim, or one that cannot be read. */
export function claimOf(headers: IncomingHttpHeaders, query: Query): Claim {
  return query['X-Amz-Algorithm'] === undefined ? claimInHeader(headers) : claimInQuery(query);
}

function claimInHeader(headers: IncomingHttpHeaders): Claim {
  if (headers.authorization === undefined) throw new SignatureRefusedError('AccessDenied');
  const match = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)$/.exec(
    headers.authorization,
  );
  if (match === null) throw new SignatureRefusedError('AuthorizationHeaderMalformed');
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  const date = parseDate(String(headers['x-amz-date'] ?? ''));
  if (date === undefined)
    throw new SignatureRefusedError('AccessDenied', { message: 'A valid X-Amz-Date header is required.' });
  const sessionToken = headers['x-amz-security-token'];
  return {
    presigned: false,
    ...scopeOf(credential, 'AuthorizationHeaderMalformed'),
    sessionToken: sessionToken === undefined ? undefined : String(sessionToken),
    date,
    expiresSeconds: 0,
    signature,
    signedHeaders: signedHeaders.split(';'),
  };
}

function claimInQuery(query: Query): Claim {
  const date = parseDate(query['X-Amz-Date'] ?? '');
  const expiresSeconds = Number(query['X-Amz-Expires'] ?? Number.NaN);
  const valid = query['X-Amz-Algorithm'] === 'AWS4-HMAC-SHA256' && date !== undefined;
  if (!valid || !(expiresSeconds >= 0 && expiresSeconds <= EXPIRES_SECONDS_MAX)) {
    throw new SignatureRefusedError('AuthorizationQueryParametersError');
  }
  return {
    presigned: true,
    ...scopeOf(query['X-Amz-Credential'] ?? '', 'AuthorizationQueryParametersError'),
    sessionToken: query['X-Amz-Security-Token'],
    signedHeaders: (query['X-Amz-SignedHeaders'] ?? '').split(';'),
    signature: query['X-Amz-Signature'] ?? '',
    date,
    expiresSeconds,
  };
}

/** A credential is `key/yyyymmdd/region/service/aws4_request`. The key itself may contain slashes. */
function scopeOf(
  credential: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): Pick<Claim, 'accessKeyId' | 'region' | 'service'> {
  const words = credential.split('/');
  const [, region, service, terminator] = words.slice(-4);
  if (words.length < 5 || region === undefined || service === undefined || terminator !== 'aws4_request') {
    throw new SignatureRefusedError(code);
  }
  return { accessKeyId: words.slice(0, -4).join('/'), region, service };
}

function parseDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
