import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, unobserved } from '../signed/observe.ts';
import { parseAddress } from './protocol/address.ts';
import { countRequest } from './protocol/counters.ts';
import { HungUpError, ScriptedError, StoreError } from './protocol/errors.ts';
import { refuseOtherHost } from './protocol/host.ts';
import { renderXml } from './protocol/xml.ts';
import { authorize } from './request/authorize.ts';
import { corsHeaders, preflight } from './request/cors.ts';
import { sendReply } from './request/send.ts';
import { findRoute } from './routes.ts';
import type { Call, Reply, Store } from './state/call.ts';

type Exchange = {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
};

/** Answers one request, and catches every error, because no request of a client may end the process. */
export async function answer(store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange: Exchange = { store, request, response, requestId: randomBytes(8).toString('hex').toUpperCase() };
  try {
    const reply = await replyTo(exchange);
    await sendReply({ ...exchange, counters: store.counters, reply });
  } catch (error) {
    // A client that has gone needs no answer, and no line in the log.
    if (!response.destroyed && !(error instanceof HungUpError))
      console.error(oneLine(`store: request ${exchange.requestId} got no answer: ${error}`));
    response.destroy();
  }
}

async function replyTo(exchange: Exchange): Promise<Reply> {
  try {
    refuseOtherHost(exchange.request);
    return (await controlReply(exchange)) ?? (await withCors(exchange, perform(exchange)));
  } catch (error) {
    if (error instanceof HungUpError) throw error;
    return refusal(exchange, asStoreError(exchange, error));
  }
}

/** Answers the control requests below `/-/`. They need no signature, but web pages are refused. */
async function controlReply({ store, request }: Exchange): Promise<Reply | undefined> {
  const { url = '', headers } = request;
  if (!url.startsWith('/-/')) return undefined;
  if (headers.origin !== undefined) throw new StoreError('AccessDenied');
  return url === '/-/counters' ? countersReply(store) : store.options.around?.control(request);
}

/** Adds CORS headers. If a page may read the answer, it may also read a refusal. */
async function withCors(exchange: Exchange, performed: Promise<Reply>): Promise<Reply> {
  const reply = await performed.catch((error) => {
    if (error instanceof HungUpError) throw error;
    return refusal(exchange, asStoreError(exchange, error));
  });
  const { store, request } = exchange;
  if (request.method === 'OPTIONS' || request.headers.origin === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, ...corsHeaders(store, request) } };
}

async function perform({ store, request, response, requestId }: Exchange): Promise<Reply> {
  const { url = '/', method = '' } = request;
  if (method === 'OPTIONS') return preflight(store, request);
  const { caller, headers, payloadHash } = await authorize(request, store.options);
  const address = parseAddress(url, request.headers);
  const route = findRoute({ method, ...address, copies: headers['x-amz-copy-source'] !== undefined });
  countRequest(store.counters, route.name);
  const call = { store, request, response, requestId, operation: route.name, ...address, headers, payloadHash };
  const { around } = store.options;
  const run = () => (around ? around.run(call, route.run) : route.run(call));
  return caller === undefined ? run() : observed(caller, call, run);
}

function observed(caller: string, call: Call, run: () => Promise<Reply>): Promise<Reply> {
  const { operation, bucketName: Bucket, key: Key, query, headers, store } = call;
  const { observe = unobserved } = store.options;
  return observe({ caller, service: 's3', operation, input: { Bucket, Key, query, headers } }, run) as Promise<Reply>;
}

function countersReply({ counters }: Store): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, text: JSON.stringify(counters) };
}

/** Answers to HEAD and 304s have no body, so the client learns only the status. */
function refusal({ request, requestId }: Exchange, error: StoreError): Reply {
  const hasNoBody = request.method === 'HEAD' || error.status === 304;
  const content = {
    Code: error.code,
    Message: error.message,
    ...error.elements,
    Resource: request.url?.split('?', 1)[0] ?? '/',
    RequestId: requestId,
  };
  return { status: error.status, headers: error.headers, ...(hasNoBody ? {} : { text: renderXml('Error', content) }) };
}

function asStoreError({ request, requestId }: Exchange, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof AwsError) return new ScriptedError({ ...error, code: error.name, message: error.message });
  const path = request.url?.split('?', 1)[0];
  // The query of a presigned URL is a credential, so we log only the path.
  if (!request.destroyed) console.error(oneLine(`store: ${request.method} ${path}, request ${requestId}: ${error}`));
  return new StoreError('InternalError');
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}
