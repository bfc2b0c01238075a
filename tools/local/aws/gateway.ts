import type { IncomingMessage, ServerResponse } from 'node:http';
import { PREFLIGHT_SECONDS, pageHeaders, pageMethods } from '../../../functions/api/pages.ts';
import { type LocalServer, startLocalServer } from '../door/server.ts';
import type { Invoke } from '../machine/run.ts';
import type { LocalRoute } from '../template/assembly.ts';
import {
  type Caller,
  gatewayEvent,
  gatewayResponse,
  type HttpResponse,
  type MatchedRoute,
  message,
} from './gateway-event.ts';
import { compileRoutes } from './gateway-routes.ts';

export type GatewayOptions = {
  readonly routes: readonly LocalRoute[];
  readonly invoke: Invoke;
  /** Checks the signature of a request to a route with IAM. undefined means 403. */
  readonly authorize: (request: IncomingMessage, body: Buffer) => Promise<Caller | undefined>;
  /** 0 means any free port. */
  readonly port?: number;
  readonly timeoutMs?: number;
  /** The origins of web pages that may call it, as the CORS configuration of an HTTP API has them. */
  readonly allowOrigins?: readonly string[];
};

export type Gateway = LocalServer;

// API Gateway's quotas for HTTP APIs: 10 MB for a request, 30 s for an integration. Neither can be raised.
const BODY_BYTES_MAX = 10 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * The API's routes on this computer. It takes HTTP, sends payload format 2.0 to the Lambda that the template names, and
 * answers over HTTP.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  for (const { routeKey, authorizationType } of options.routes) {
    if (authorizationType !== 'AWS_IAM' && authorizationType !== 'NONE') {
      throw new Error(`${routeKey}: authorization by ${authorizationType} cannot be run on this computer`);
    }
  }
  const findRoute = compileRoutes(options.routes);
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, findRoute, options).then(
      (result) => send(response, forPages(request, result, options)),
      () => send(response, message(500, 'Internal Server Error')),
    );
  };
  const { port = 0, allowOrigins = [] } = options;
  return startLocalServer(serve, { port, servesPages: true, allowOrigins });
}

/** API Gateway answers it by itself, without an authorizer, whatever the path is: http-api-cors.html. */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

const preflightHeaders = {
  'access-control-allow-methods': pageMethods.join(','),
  'access-control-allow-headers': pageHeaders.join(','),
  'access-control-max-age': `${PREFLIGHT_SECONDS}`,
};

/** Lets the page read the answer. The door has turned away pages that may not ask. */
function forPages(
  { headers: { origin } }: IncomingMessage,
  result: HttpResponse,
  options: GatewayOptions,
): HttpResponse {
  if (origin === undefined || !options.allowOrigins?.includes(origin)) return result;
  return { ...result, headers: { ...result.headers, 'access-control-allow-origin': origin, vary: 'origin' } };
}

type FindRoute = (method: string, path: string) => MatchedRoute | undefined;

async function answer(request: IncomingMessage, findRoute: FindRoute, options: GatewayOptions): Promise<HttpResponse> {
  if (options.allowOrigins?.length && isPreflight(request))
    return { status: 204, headers: preflightHeaders, cookies: [], body: '' };
  const [path = '/'] = (request.url ?? '/').split('?');
  const matched = findRoute(request.method ?? 'GET', path);
  const body = await readBody(request);
  if (body === undefined) return message(413, 'Request Entity Too Large');
  if (!matched) return message(404, 'Not Found');
  const isOpen = matched.route.authorizationType === 'NONE';
  const caller = isOpen ? undefined : await options.authorize(request, body);
  if (!isOpen && !caller) return message(403, 'Forbidden');
  const event = gatewayEvent({ request, body, matched, caller });
  return invokeInTime(options, matched.route.functionArn, event);
}

/** Undefined if the body is larger than allowed. We read and drop the rest, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks) : undefined;
}

/** After the gateway has given up, the Lambda keeps running, as on AWS. */
async function invokeInTime(options: GatewayOptions, functionArn: string, event: unknown): Promise<HttpResponse> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HttpResponse>((resolve) => {
    timer = setTimeout(() => resolve(message(503, 'Service Unavailable')), options.timeoutMs ?? TIMEOUT_MS);
  });
  try {
    return await Promise.race([
      options.invoke(functionArn, event, { by: 'apigateway' }).then(responseOf, refusal),
      timeout,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function responseOf(outcome: Awaited<ReturnType<Invoke>>): HttpResponse {
  if ('throttled' in outcome) return message(429, 'Too Many Requests');
  if ('functionError' in outcome) return message(500, 'Internal Server Error');
  return gatewayResponse(outcome.payload);
}

function refusal(error: unknown): HttpResponse {
  // A body of less than 10 MB may still make an event of more than Lambda's 6 MB.
  const isTooLarge = error instanceof Error && error.name === 'Lambda.RequestTooLargeException';
  return isTooLarge ? message(413, 'Request Entity Too Large') : message(500, 'Internal Server Error');
}

function send(response: ServerResponse, { status, headers, cookies, body }: HttpResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (cookies.length > 0) response.setHeader('set-cookie', [...cookies]);
  response.statusCode = status;
  response.end(body);
}
