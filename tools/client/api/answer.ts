import { type Failure, remedyOf } from '../../../functions/transfer/errors.ts';
import { PartwayError } from './partway-error.ts';

export type Answer = { readonly url: URL; readonly status: number; readonly text: string };

/** Reads the API's answer. Throws PartwayError for every answer that was not expected. */
export function readAnswer(answer: Answer): unknown {
  const body = parseJson(answer.text);
  if (body === undefined) throw notPartway(answer, `status ${answer.status} and no JSON`);
  if (answer.status >= 200 && answer.status < 300) return body;
  const failure = failureIn(body);
  throw failure ? refusedByApi(failure) : refusedByGateway(answer, messageIn(body));
}

/** What fetch throws: a name that does not resolve, a refused or reset connection, a time-out. */
export function unreachable(url: URL, error: unknown): PartwayError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const failure = {
    name: 'Unreachable',
    message: `The API at ${url.origin} does not answer: ${code}.`,
    next: 'Check the URL and the network; for the stack on this computer, whether `npm run local` still runs. A page is also turned away if the API does not allow its origin.',
  };
  return new PartwayError(failure, { reached: false, mayPass: true, cause: error });
}

/** A proxy in between answers with HTML. A 5xx from it may pass. */
export function notPartway({ url, status }: Answer, what: string): PartwayError {
  const next = 'Check the URL of the API (--api): it is the one that the stack gives out as its API.';
  const message = `${url.origin} answered with ${what}: this is not Partway's API.`;
  return new PartwayError({ name: 'Unreachable', message, next }, { reached: false, mayPass: status >= 500 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failureIn(body: unknown): Failure | undefined {
  const failure = isRecord(body) ? body.error : undefined;
  if (!isRecord(failure) || typeof failure.name !== 'string') return undefined;
  return { name: failure.name, message: String(failure.message ?? ''), next: String(failure.next ?? '') };
}

function refusedByApi(failure: Failure): PartwayError {
  return new PartwayError(failure, { mayPass: remedyOf(failure.name) === 'retry' });
}

type Refusal = {
  readonly name: string;
  readonly next: string;
  readonly reached: boolean;
  readonly mayPass?: boolean;
};

const forbidden: Refusal = {
  name: 'NotAllowed',
  next: 'Use credentials with the right execute-api:Invoke for this API (AWS_PROFILE). Check the region and the clock.',
  reached: false,
};

/** What API Gateway says by itself, before or instead of the Lambda: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html */
const refusals: Readonly<Record<number, Refusal>> = {
  401: forbidden,
  403: forbidden,
  404: {
    name: 'NotFound',
    next: "Check the URL of the API (--api): it is the stack's output that begins with PartwayApiUrl, without a path after it.",
    reached: false,
  },
  413: { name: 'InvalidRequest', next: 'Shorten the request: metadata and headers.', reached: true },
  429: { name: 'Throttled', next: 'Try again in a moment.', reached: false, mayPass: true },
};

const brokenDown: Refusal = {
  name: 'Unreachable',
  next: "Try again in a moment; if it lasts, read the log of the stack's Api function.",
  reached: false,
  mayPass: true,
};

function refusedByGateway({ status, url }: Answer, said: string): PartwayError {
  const { name, next, ...options } = refusals[status] ?? brokenDown;
  return new PartwayError({ name, message: `${url.origin} answered ${status}: ${said}.`, next }, options);
}

function messageIn(body: unknown): string {
  const said = isRecord(body) ? (body.message ?? body.Message) : undefined;
  return typeof said === 'string' ? said.replace(/\.$/, '') : 'no reason given';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
