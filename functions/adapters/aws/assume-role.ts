import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { type OfRole, stsOf } from '../../endpoints/sts.ts';
import { type ErrorName, TransferError } from '../../transfer/errors.ts';
import { foreignText } from '../../transfer/values/foreign-text.ts';
import { KiB } from '../../transfer/values/sizes.ts';
import type { Credentials } from '../s3/client.ts';

const ANSWER_MS_MAX = 10_000;
// An answer has about 2 KiB.
const ANSWER_BYTES_MAX = 64 * KiB;
const MESSAGE_CHARACTERS = 500;
const SESSION_NAME_CHARACTERS = 64;

/**
 * Asks STS for a session of the role. It is one signed POST, so we need no client of the SDK, which every bundle would
 * have to carry: docs/decisions/0037-roles-of-endpoints.md. Throws Refused, Expired, Throttled and Unreachable.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(endpoint: OfRole, keys: Credentials): Promise<Credentials> {
  const { arn, externalId } = endpoint.role;
  const { url, region } = stsOf(endpoint);
  const fields = {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: arn,
    // CloudTrail shows it. An endpoint's name has letters, digits and "-" only.
    RoleSessionName: `partway-${endpoint.name}`.slice(0, SESSION_NAME_CHARACTERS),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  };
  const body = new URLSearchParams(fields).toString();
  const headers = await signed(url, body, { keys, region });
  const answer = await post(endpoint, url, headers, body);
  return sessionIn(answer.text) ?? Promise.reject(refusal(endpoint, answer));
}

type Signing = { readonly keys: Credentials; readonly region: string };

async function signed(url: URL, body: string, { keys, region }: Signing): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256 });
  const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const request = await signer.sign(new HttpRequest({ method: 'POST', path: '/', headers, body }));
  return request.headers;
}

type SignerHash = { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array>; reset(): void };

/** SHA-256, or HMAC-SHA-256 if there is a secret. The signer calls this with `new`, and a function may return an object. */
const Sha256 = function sha256(secret?: string | Uint8Array): SignerHash {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest(), reset: () => {} };
} as unknown as new (
  secret?: string | ArrayBuffer | ArrayBufferView,
) => SignerHash;

type Answer = { readonly status: number; readonly text: string };

/** Follows no redirect: the signature is good for one host only. */
async function post(
  endpoint: OfRole,
  url: URL,
  { host: _, ...headers }: Record<string, string>,
  body: string,
): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return { status: response.status, text: await beginningOf(response) };
  } catch (error) {
    const { name, cause } = error instanceof Error ? error : new Error(String(error));
    const code = (cause as { code?: string } | undefined)?.code ?? name;
    throw new TransferError('Unreachable', `${what(endpoint)}: ${url.host} did not answer (${code}).`, {
      cause: error,
    });
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
    if (bytes > ANSWER_BYTES_MAX) break; // which ends the connection
  }
  return Buffer.concat(pieces).toString();
}

function sessionIn(text: string): Credentials | undefined {
  const of = (element: string) => new RegExp(`<${element}>\\s*([^<]+?)\\s*</${element}>`).exec(text)?.[1];
  const [accessKeyId, secretAccessKey] = [of('AccessKeyId'), of('SecretAccessKey')];
  const [sessionToken, expiration] = [of('SessionToken'), new Date(of('Expiration') ?? '')];
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiration.getTime())) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

const nameByCode: Readonly<Record<string, ErrorName>> = {
  ExpiredToken: 'Expired',
  ExpiredTokenException: 'Expired',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  RequestTimeTooSkewed: 'ClockSkewed',
};

/** STS gives one code for a role that does not exist, a trust policy that does not name us, and another external id. */
function refusal(endpoint: OfRole, { status, text }: Answer): TransferError {
  const of = (element: string) =>
    foreignText(new RegExp(`<${element}>([^<]*)<`).exec(text)?.[1] ?? '', MESSAGE_CHARACTERS);
  const [code, message] = [of('Code'), of('Message')];
  const byStatus: ErrorName = status >= 500 ? 'Unreachable' : status === 429 ? 'Throttled' : 'Refused';
  const isTold = Object.hasOwn(nameByCode, code);
  const name = (isTold ? nameByCode[code] : undefined) ?? (status < 300 ? 'Unreachable' : byStatus);
  const said = `${[status, code].filter(Boolean).join(' ')}${message && `: ${message}`}`;
  const withId =
    endpoint.role.externalId === undefined ? '' : ', and whether its external id is the one in `externalId`';
  const next =
    name === 'Refused' ? ` Look whether the role exists, whether its trust policy names who asks${withId}.` : '';
  return new TransferError(name, `${what(endpoint)}: ${said}.${next}`, { said: { code, status } });
}

function what({ name, role }: OfRole): string {
  return `Assume the role ${role.arn} of endpoint "${name}"`;
}
