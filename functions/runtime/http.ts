import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import httpRouter, { type Route } from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type Route as ApiRoute, type RouteName, type RoutesBy, routes } from '../api/routes.ts';
import type { Ports } from '../engine/ports/ports.ts';
import { inTime } from '../engine/stores/in-time.ts';
import { asFailure, asTransferError, errors, TransferError } from '../transfer/errors.ts';
import type { Transfer } from '../transfer/transfer.ts';
import { KiB } from '../transfer/values/sizes.ts';
import { viewOf } from '../transfer/views/view.ts';
import type { PortGroup } from './connect.ts';
import { portsOf, withoutEarlyEnd } from './lambda.ts';
import { logger } from './log.ts';

/** A call as a route sees it: what the caller asks for, without the details of HTTP. */
export type Call = {
  readonly id: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly header: (name: string) => string | undefined;
  /** Throws InvalidRequest if the body is not JSON, or is too long. No body is `undefined` if it may be left out. */
  readonly json: (options?: { readonly mayBeLeftOut: boolean }) => unknown;
  readonly requestId: string;
};
export type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };
export const ok = (body: unknown): Reply => ({ status: 200, body });

export type Handle = (ports: Ports) => (call: Call) => Promise<Reply>;

/**
 * For calls that only begin something (202). At the time of the answer, the work is recorded and has begun, but it is
 * not done.
 */
export const accepting =
  (act: (ports: Ports) => (transferId: string, json: Call['json']) => Promise<Transfer>): Handle =>
  (ports) =>
  async (call) => ({ status: 202, body: viewOf(await act(ports)(call.id, call.json), []) });

// A route that limits the time of its own calls to stores ends this much earlier. Then it can still answer with what it
// knows.
const EARLIER_MS = 1_000;

// A request has some hundred bytes. Even with a thousand parts to adopt, it stays below this limit.
const BODY_BYTES_MAX = 128 * KiB;

/**
 * Answers all routes of one Lambda. A failure is answered as JSON, with its name and what to do next, before the time
 * of the call is up.
 */
export function http<By extends ApiRoute['by']>(
  handles: Readonly<Record<RoutesBy<By>, Handle>>,
  groups: readonly PortGroup[],
) {
  const portsUntil = portsOf(groups);
  const bound = (Object.entries(handles) as [RouteName, Handle][]).map(
    ([name, handle]): Route<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
      method: routes[name].method,
      path: routes[name].path,
      handler: async (event: APIGatewayProxyEventV2, context: Context) =>
        answer(handle, event, () => portsUntil(() => context.getRemainingTimeInMillis())),
    }),
  );
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(withoutEarlyEnd)
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(httpRouter(bound));
}

async function answer(
  handle: Handle,
  event: APIGatewayProxyEventV2,
  portsNow: () => Ports,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const ports = portsNow();
    const last = { clock: ports.clock, deadlineMs: () => ports.deadlineMs() + EARLIER_MS };
    return toHttp(await inTime(last, `${event.routeKey}: the service that it calls`, handle(ports)(callOf(event))));
  } catch (error) {
    const { name, message } = asTransferError(error);
    logger.info('the request was refused', { name, reason: message });
    return toHttp({ status: errors[name].httpStatus, body: { error: asFailure(name, message) } });
  }
}

function callOf(event: APIGatewayProxyEventV2): Call {
  return {
    id: idIn(event.pathParameters),
    query: event.queryStringParameters ?? {},
    header: (name) => event.headers[name],
    json: ({ mayBeLeftOut } = { mayBeLeftOut: false }) => (mayBeLeftOut && !event.body ? undefined : readJson(event)),
    requestId: event.requestContext.requestId,
  };
}

// Our ids have 32 characters. DynamoDB takes no key of more than 2 KB, and refuses one in words of its own.
const ID_CHARACTERS_MAX = 128;

/** Routes without an id have an empty one. Throws NotFound for a text that is no id of ours. */
function idIn({ id = '' }: APIGatewayProxyEventV2['pathParameters'] = {}): string {
  if (id.length <= ID_CHARACTERS_MAX && /^[\w-]*$/.test(id)) return id;
  throw new TransferError('NotFound', 'There is nothing with this id: an id has letters, digits, "-" and "_".');
}

function readJson({ body, isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');
  if (Buffer.byteLength(text) > BODY_BYTES_MAX) {
    throw new TransferError(
      'InvalidRequest',
      `The body has ${Buffer.byteLength(text)} bytes; at most ${BODY_BYTES_MAX} are allowed.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message may quote the body, and so the token of a URL. We take only the position from it.
    const position = /at position \d+/.exec(error instanceof Error ? error.message : '')?.[0];
    throw new TransferError('InvalidRequest', `The body is not JSON${position ? ` (${position})` : ''}.`);
  }
}

function toHttp({ status, body, headers }: Reply): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
