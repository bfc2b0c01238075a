import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asObject, type JsonObject } from '../../json.ts';
import type { Callers } from '../../signed/callers.ts';
import { AwsError, type Observe } from '../../signed/observe.ts';
import { type SignatureFault, SignatureRefusedError } from '../../signed/refused.ts';
import { verifySignature } from '../../signed/signature.ts';
import { place } from '../template/physical.ts';
import { type LocalServer, startLocalServer } from './server.ts';

/** A service of AWS that speaks AWS JSON 1.0 or 1.1. */
export type Service = {
  /** Its name in signatures. */
  readonly signingName: string;
  /** The text before the operation in X-Amz-Target. */
  readonly targetPrefix: string;
  readonly operations: { readonly [name: string]: Operation };
};
/** Returns the answer's fields, or throws an error with AWS's name. */
export type Operation = (input: JsonObject) => unknown;

export type DoorOptions = {
  /** Asked at each request. */
  readonly services: () => readonly Service[];
  readonly callers: Callers;
  readonly observe: Observe;
};

// BatchWriteItem takes 16 MB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html.
// No other service here takes more.
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/**
 * All services on this computer are behind this door. Other users and programs can connect to it too. So it serves only
 * requests that a function has signed with the credentials of this start.
 */
export function startDoor(options: DoorOptions): Promise<LocalServer> {
  return startLocalServer((request, response) => {
    void answer(request, options).then(({ status, body }) => send(request, response, status, body));
  });
}

type Answer = { readonly status: number; readonly body: unknown };

async function answer(request: IncomingMessage, options: DoorOptions): Promise<Answer> {
  try {
    const [prefix = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const service = options.services().find(({ targetPrefix }) => targetPrefix === prefix);
    if (!service) throw notServed(prefix);
    const { signingName, operations } = service;
    const body = await readBody(request);
    const caller = await callerOf(request, body, { ...options, signingName });
    const serve = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (!serve) throw notServed(`${prefix}.${operation}`);
    const input = asObject(JSON.parse(body.toString('utf8') || '{}'), 'the request');
    const call = { caller, service: signingName, operation, input };
    return { status: 200, body: (await options.observe(call, async () => serve(input))) ?? {} };
  } catch (error) {
    return refusal(error);
  }
}

const notServed = (what: string) =>
  new AwsError('UnknownOperationException', `${what || 'this request'} is not served on this computer`);

/** The function that signed the request. */
async function callerOf(
  { method = '', url = '/', headers }: IncomingMessage,
  body: Buffer,
  { callers, signingName }: DoorOptions & { readonly signingName: string },
): Promise<string> {
  const rules = { credentials: callers.all(), region: place.region, service: signingName };
  const { accessKeyId } = await verifySignature({ method, url, headers, body }, rules);
  return callers.nameOf(accessKeyId) ?? '';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new AwsError('RequestEntityTooLargeException', 'the request is too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html. Every fault that is not here is
// InvalidSignatureException.
const namesOfFaults: Partial<Record<SignatureFault, string>> = {
  AccessDenied: 'MissingAuthenticationTokenException',
  AuthorizationHeaderMalformed: 'IncompleteSignatureException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
  InvalidToken: 'UnrecognizedClientException',
};

function refusal(error: unknown): Answer {
  if (error instanceof SignatureRefusedError) {
    const __type = namesOfFaults[error.code] ?? 'InvalidSignatureException';
    return { status: 403, body: { __type, message: error.message } };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // A TypeError means a request of the wrong shape: the code that reads the JSON throws it.
  const __type = name === 'TypeError' || name === 'SyntaxError' ? 'ValidationException' : name;
  const status = error instanceof AwsError ? error.status : __type === 'Error' ? 500 : 400;
  return { status, body: { __type, message } };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: unknown): void {
  const contentType = request.headers['content-type'] ?? 'application/x-amz-json-1.0';
  response.writeHead(status, {
    'content-type': contentType,
    'x-amzn-requestid': randomUUID(),
    // If we have not read the whole body, the rest of it would look like the next request.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(JSON.stringify(body));
}
