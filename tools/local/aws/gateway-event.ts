import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject } from '../../json.ts';
import type { LocalRoute } from '../template/assembly.ts';
import { place } from '../template/physical.ts';

/** Who signed the request. */
export type Caller = { readonly userArn: string };

export type MatchedRoute = { readonly route: LocalRoute; readonly pathParameters: { readonly [name: string]: string } };

export type HttpResponse = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly cookies: readonly string[];
  readonly body: string | Buffer;
};

type Received = {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly matched: MatchedRoute;
  readonly caller: Caller | undefined;
};

/** The event of payload format 2.0 (http-api-develop-integrations-lambda.html). */
export function gatewayEvent({ request, body, matched, caller }: Received): JsonObject {
  const { route, pathParameters } = matched;
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const { cookie, ...distinct } = request.headersDistinct;
  const headers = Object.fromEntries(Object.entries(distinct).map(([name, values = []]) => [name, values.join(',')]));
  const query = queryOf(rawQueryString);
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    headers,
    ...(cookie ? { cookies: cookie.flatMap((each) => each.split(/;\s*/)) } : {}),
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    ...(Object.keys(pathParameters).length > 0 ? { pathParameters } : {}),
    requestContext: requestContext(request, route, rawPath, caller),
    ...bodyOf(body, headers['content-type']),
  };
}

function requestContext(
  request: IncomingMessage,
  { apiId, routeKey }: LocalRoute,
  path: string,
  caller?: Caller,
): JsonObject {
  const { method = 'GET', httpVersion, headers, socket } = request;
  const now = new Date();
  return {
    accountId: place.account,
    apiId,
    domainName: headers.host ?? '127.0.0.1',
    domainPrefix: apiId,
    http: {
      method,
      path,
      protocol: `HTTP/${httpVersion}`,
      sourceIp: socket.remoteAddress ?? '127.0.0.1',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: now.toISOString(),
    timeEpoch: now.getTime(),
    ...(caller ? { authorizer: { iam: iamOf(caller) } } : {}),
  };
}

function iamOf({ userArn }: Caller): JsonObject {
  const userId = userArn.slice(userArn.lastIndexOf('/') + 1);
  return { accessKey: 'local', accountId: place.account, callerId: userId, userArn, userId, principalOrgId: null };
}

/** Values with the same name become one value with commas, in the query as in the headers. */
function queryOf(rawQueryString: string): { [name: string]: string } {
  const query: { [name: string]: string } = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    query[name] = name in query ? `${query[name]},${value}` : value;
  }
  return query;
}

const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript)\b|[^;]*\+(json|xml)\b)/i;

function bodyOf(body: Buffer, contentType = 'application/json'): JsonObject {
  if (body.length === 0) return { isBase64Encoded: false };
  if (TEXT_TYPES.test(contentType)) return { body: body.toString('utf8'), isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** An answer of API Gateway itself. */
export const message = (status: number, text: string): HttpResponse => ({
  status,
  headers: JSON_TYPE,
  cookies: [],
  body: JSON.stringify({ message: text }),
});

/** The Lambda's answer. If it has no statusCode, it is a JSON body with status 200. */
export function gatewayResponse(payload: unknown): HttpResponse {
  if (!isObject(payload) || payload.statusCode === undefined) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload ?? null);
    return { status: 200, headers: JSON_TYPE, cookies: [], body };
  }
  const { statusCode, headers, cookies, body = '', isBase64Encoded } = payload;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return message(500, 'Internal Server Error');
  const given = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...Object.fromEntries(given) },
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
    body: isBase64Encoded === true ? Buffer.from(String(body), 'base64') : String(body),
  };
}
