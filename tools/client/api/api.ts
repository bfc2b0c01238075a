import { type Route, type RouteName, routes } from '../../../functions/api/routes.ts';
import type { EndpointCheck } from '../../../functions/engine/calls/check-endpoint.ts';
import type { UploadsPage, UploadsQuery } from '../../../functions/engine/calls/open-uploads.ts';
import type { ResumeChanges } from '../../../functions/engine/calls/resume-changes.ts';
import type { EndpointFacts } from '../../../functions/engine/ports/ports.ts';
import type { Recorded } from '../../../functions/engine/push/record-parts.ts';
import { asFailure } from '../../../functions/transfer/errors.ts';
import type { SentPart, SignedParts, WantedPart } from '../../../functions/transfer/push.ts';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import type { SweepView } from '../../../functions/transfer/sweep-report.ts';
import type { CopiedPart } from '../../../functions/transfer/transfer.ts';
import type { Explanation } from '../../../functions/transfer/views/explain.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { type Answer, notPartway, readAnswer, unreachable } from './answer.ts';
import type { Api, PlainRequest, Send } from './auth.ts';
import { PartwayError } from './partway-error.ts';

export type PageOptions = { readonly limit?: number | undefined; readonly after?: string | undefined };
export type StartOptions = { readonly idempotencyKey?: string | undefined };
export type TransferPage = { readonly transfers: readonly TransferView[]; readonly after?: string };
export type PartPage = { readonly parts: readonly CopiedPart[]; readonly after?: number };
export type EndpointList = { readonly endpoints: readonly EndpointFacts[] };

/**
 * Partway's HTTP API. All calls may be repeated, except `start` without an idempotency key. All throw PartwayError, with
 * the API's name for the error, or with NoStack, NoCredentials, NotAllowed or Unreachable if the call did not reach the
 * API.
 */
export type ApiClient = {
  /** How often a watch may ask. */
  readonly pollMs: number;
  start(request: TransferRequestInput, options?: StartOptions): Promise<TransferView>;
  /** Says what a request would do, and why. Starts nothing. */
  plan(request: TransferRequestInput): Promise<Explanation>;
  describe(transferId: string): Promise<TransferView>;
  list(page?: PageOptions): Promise<TransferPage>;
  parts(transferId: string, page?: PageOptions): Promise<PartPage>;
  /** Gets URLs for parts that a client is about to send. */
  signParts(transferId: string, parts: readonly WantedPart[], lostUploadId?: string): Promise<SignedParts>;
  /** Reports which parts the store has taken. */
  recordParts(transferId: string, sent: { uploadId: string; parts: readonly SentPart[] }): Promise<Recorded>;
  /** `bytes` is the length of a stream, and `crc32` is the CRC32 of all bytes that the client read. */
  finish(transferId: string, whole?: { bytes?: number | undefined; crc32?: number | undefined }): Promise<TransferView>;
  pause(transferId: string): Promise<TransferView>;
  /** `changes`: what is no part of the plan, and another URL of the same file. */
  resume(transferId: string, changes?: ResumeChanges): Promise<TransferView>;
  abort(transferId: string): Promise<TransferView>;
  endpoints(): Promise<EndpointList>;
  /** `origin`: also whether pages of it may push there. */
  checkEndpoint(name: string, page?: { readonly origin?: string | undefined }): Promise<EndpointCheck>;
  uploads(query: UploadsQuery): Promise<UploadsPage>;
  /** Reads the report of a sweep, or of the `latest` one, with one page of its rows. */
  sweep(sweepId: string, page?: Pick<PageOptions, 'after'>): Promise<SweepView>;
  abortUpload(upload: { endpoint: string; bucket: string; key: string; uploadId: string }): Promise<unknown>;
};

// API Gateway gives up after 30 s and says so. We wait a little longer, to get that answer.
const ANSWER_MS_MAX = 35_000;

// Batches report once a second, so asking more often would learn nothing.
const POLL_MS = 1_000;

export function apiClient(api: Api, signal?: AbortSignal): ApiClient {
  const call = <T>(name: RouteName, field: string, asked: Asked = {}) =>
    ask<T>(api, { ...asked, route: routes[name], field }, signal);
  const transfer = (transferId: string) => ({ id: segment('transfer', transferId) });
  return {
    pollMs: api.pollMs ?? POLL_MS,
    start: (body, { idempotencyKey } = {}) => call('start', 'transferId', { body, idempotencyKey }),
    plan: (body) => call('plan', 'reasons', { body }),
    describe: (id) => call('describe', 'transferId', transfer(id)),
    list: (query) => call('list', 'transfers', { query }),
    parts: (id, query) => call('parts', 'parts', { ...transfer(id), query }),
    signParts: (id, parts, lostUploadId) =>
      call('signParts', 'urls', { ...transfer(id), body: { parts, lostUploadId } }),
    recordParts: (id, body) => call('recordParts', 'recorded', { ...transfer(id), body: body ?? {} }),
    finish: (id, body = {}) => call('finish', 'transferId', { ...transfer(id), body }),
    pause: (id) => call('pause', 'transferId', transfer(id)),
    resume: (id, body) => call('resume', 'transferId', { ...transfer(id), body }),
    abort: (id) => call('abort', 'transferId', transfer(id)),
    endpoints: () => call('endpoints', 'endpoints'),
    checkEndpoint: (name, { origin } = {}) =>
      call('checkEndpoint', 'checks', { id: segment('endpoint', name), query: { origin } }),
    uploads: (query) => call('uploads', 'uploads', { query }),
    abortUpload: (query) => call('abortUpload', 'aborted', { query }),
    sweep: (id, query) => call('sweep', 'sweepId', { id: segment('sweep', id), query }),
  };
}

/** One segment of a path. A URL drops an empty segment, `.` and `..`, so none of these can be an id. */
function segment(what: string, word: string): string {
  if (!/^\.{0,2}$/.test(word)) return encodeURIComponent(word);
  const failure = asFailure('NotFound', `There is no ${what} "${word}".`);
  throw new PartwayError(failure);
}

/** `id` takes the place of `{id}` in the route's path. */
type Asked = {
  readonly id?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
};
type Call = Asked & { readonly route: Route };

/** The answer must have this `field`. If another server speaks JSON, it is not our API. */
async function ask<T>(api: Api, { field, ...call }: Call & { field: string }, signal?: AbortSignal): Promise<T> {
  const request = plainRequest(typeof api.url === 'string' ? api.url : await api.url(), call);
  const headers = api.auth ? await api.auth(request) : request.headers;
  const answer = await answerTo(request, headers, { send: api.send ?? byFetch, signal });
  const body = readAnswer(answer);
  if (typeof body === 'object' && body !== null && field in body) return body as T;
  throw notPartway(answer, `JSON without "${field}"`);
}

function plainRequest(apiUrl: string, { route, id = '', query = {}, body, idempotencyKey }: Call): PlainRequest {
  const path = route.path.replace('{id}', () => id);
  const words = Object.entries(query).filter(([, value]) => value !== undefined);
  // We write the query as it is signed: URLSearchParams would write a space as +, but the signature has %20.
  const search = words.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  const url = new URL(`${apiUrl.replace(/\/+$/, '')}${path}${search && `?${search}`}`);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  return { method: route.method, url, headers, body: body === undefined ? undefined : JSON.stringify(body) };
}

async function answerTo(
  request: PlainRequest,
  headers: Readonly<Record<string, string>>,
  { send, signal }: { readonly send: Send; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  const { url } = request;
  const patience = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    const { status, text } = await send(request, headers, signal ? AbortSignal.any([signal, patience]) : patience);
    return { url, status, text };
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  }
}

const byFetch: Send = async ({ method, url, body = null }, headers, signal) => {
  // A redirect would need another signature, and our API sends none.
  const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
  return { status: response.status, text: await response.text() };
};
