import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from '../door/server.ts';
import type { LocalFunction } from '../template/assembly.ts';
import { answered, type InvokeOutcome, RESPONSE_BYTES_MAX, reported, responseTooLarge } from './outcome.ts';

export type Invocation = {
  readonly requestId: string;
  readonly payload: string;
};

export type RuntimeApi = {
  /**
   * host:port/secret, for AWS_LAMBDA_RUNTIME_API. Each environment has its own server, as each sandbox on AWS has. On AWS no
   * other process can reach that server. Here the secret keeps other processes from taking and answering invocations.
   */
  readonly address: string;
  /** Gives the runtime its next invocation. Call it only while the runtime asks for one. */
  hand(invocation: Invocation, deadlineMs: number): void;
  close(): void;
};

type Events = {
  onNext(): void;
  onOutcome(requestId: string, outcome: InvokeOutcome): void;
  onInitError(outcome: InvokeOutcome): void;
};

/** Serves https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html below a path that only the environment knows. */
export async function startRuntimeApi(fn: LocalFunction, events: Events): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;
  const secret = randomUUID();
  const prefix = `/${secret}/2018-06-01/runtime/`;
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '' } = request;
    if (!url.startsWith(prefix)) return void response.writeHead(403, { connection: 'close' }).end();
    const path = url.slice(prefix.length - 1);
    if (request.method === 'GET' && path === '/invocation/next') {
      waiting = response;
      events.onNext();
      return;
    }
    void readBody(request, RESPONSE_BYTES_MAX).then((body) => {
      report(path, body, events);
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    });
  };
  // A function may work for minutes between two calls. If we closed its idle connection, its answer could be lost.
  const server = await startLocalServer(serve, { keepAliveMs: 0 });
  return {
    address: `${server.host}/${secret}`,
    hand: ({ requestId, payload }, deadlineMs) => {
      waiting?.writeHead(200, headersOf(fn, requestId, deadlineMs)).end(payload);
      waiting = undefined;
    },
    close: () => void server.close(),
  };
}

const headersOf = (fn: LocalFunction, requestId: string, deadlineMs: number) => ({
  'content-type': 'application/json',
  'lambda-runtime-aws-request-id': requestId,
  'lambda-runtime-deadline-ms': String(deadlineMs),
  'lambda-runtime-invoked-function-arn': fn.arn,
  'lambda-runtime-trace-id': `Root=1-00000000-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
});

function report(path: string, body: string | undefined, events: Events): void {
  const [, requestId, kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  if (path === '/init/error') events.onInitError(reported(body ?? ''));
  else if (requestId && kind === 'error') events.onOutcome(requestId, reported(body ?? ''));
  else if (requestId) events.onOutcome(requestId, body === undefined ? responseTooLarge() : answered(body));
}

/** Undefined if the body is too large. It reads and drops the rest, so that the sender can finish. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
    }
  } catch {
    // Somebody killed the child in the middle of its answer. The host reports its exit.
    return undefined;
  }
  return bytes <= bytesMax ? Buffer.concat(chunks).toString('utf8') : undefined;
}
