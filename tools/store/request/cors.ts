import type { IncomingMessage } from 'node:http';
import { parseAddress } from '../protocol/address.ts';
import { type CorsRule, parseCorsRules } from '../protocol/cors-rules.ts';
import { StoreError } from '../protocol/errors.ts';
import type { Reply, Store } from '../state/call.ts';

type Asked = { readonly origin: string; readonly method: string; readonly headers: readonly string[] };
type Headers = Readonly<Record<string, string>>;

/**
 * Answers a preflight as AWS does: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html. A preflight
 * needs no signature, because a browser sends none.
 */
export function preflight({ disk }: Store, request: IncomingMessage): Reply {
  const { origin } = request.headers;
  if (origin === undefined) {
    throw new StoreError('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  }
  const { bucketName, key } = parseAddress(request.url ?? '/', request.headers);
  const bucket = disk.buckets.get(bucketName);
  if (!bucket) throw forbidden(request, 'BUCKET', 'Bucket not found');
  const { cors } = bucket.record;
  if (cors === undefined) throw forbidden(request, 'BUCKET', 'CORS is not enabled for this bucket.');
  const wanted = request.headers['access-control-request-method'];
  if (wanted === undefined) {
    throw new StoreError('BadRequest', { message: 'Invalid Access-Control-Request-Method: null' });
  }
  const headers = grant(parseCorsRules(cors), askedBy(request, origin));
  if (!headers) throw forbidden(request, key === '' ? 'BUCKET' : 'OBJECT', NOT_ALLOWED);
  return { status: 200, headers };
}

const NOT_ALLOWED =
  'This CORS request is not allowed. This is usually because the evalution of Origin, request method / ' +
  "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

function forbidden({ headers, method = '' }: IncomingMessage, resourceType: string, why: string): StoreError {
  const Method = headers['access-control-request-method'] ?? method;
  const elements = { Method, ResourceType: resourceType };
  return new StoreError('AccessForbidden', { message: `CORSResponse: ${why}`, elements });
}

/**
 * The headers that let a page read the answer. There are none if no rule allows it. The store executes the request in
 * both cases, as AWS does.
 */
export function corsHeaders({ disk }: Store, request: IncomingMessage): Headers {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  const { bucketName } = parseAddress(request.url ?? '/', request.headers);
  const cors = disk.buckets.get(bucketName)?.record.cors;
  return (cors !== undefined && grant(parseCorsRules(cors), askedBy(request, origin))) || {};
}

function askedBy({ headers, method = '' }: IncomingMessage, origin: string): Asked {
  const names = (headers['access-control-request-headers'] ?? '').toLowerCase().split(',');
  return {
    origin,
    method: headers['access-control-request-method'] ?? method,
    headers: names.map((name) => name.trim()).filter((name) => name !== ''),
  };
}

/** Uses the first rule that allows the whole request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */
function grant(rules: readonly CorsRule[], asked: Asked): Headers | undefined {
  for (const rule of rules) {
    const allowed = rule.origins.find((pattern) => matches(pattern, asked.origin));
    const allowsHeaders = asked.headers.every((name) => rule.headers.some((pattern) => matches(pattern, name)));
    if (allowed === undefined || !rule.methods.includes(asked.method) || !allowsHeaders) continue;
    return {
      'access-control-allow-origin': allowed === '*' ? '*' : asked.origin,
      'access-control-allow-methods': rule.methods.join(', '),
      ...(asked.headers.length === 0 ? {} : { 'access-control-allow-headers': asked.headers.join(', ') }),
      ...(rule.exposed.length === 0 ? {} : { 'access-control-expose-headers': rule.exposed.join(', ') }),
      ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': rule.maxAgeSeconds }),
      ...(allowed === '*' ? {} : { 'access-control-allow-credentials': 'true' }),
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    };
  }
  return undefined;
}

function matches(pattern: string, text: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return pattern === text;
  return text.length >= pattern.length - 1 && text.startsWith(before) && text.endsWith(after);
}
