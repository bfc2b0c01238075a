import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Counters } from '../protocol/counters.ts';
import type { Content, Reply } from '../state/call.ts';

type Sending = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly counters: Counters;
  readonly reply: Reply;
};

// A client may still be sending when we refuse its request. We read at most this much, so that it sees the answer.
const DRAIN_BYTES_MAX = 64 * 1024 * 1024;
const DRAIN_MS_MAX = 5000;

export async function sendReply(sending: Sending): Promise<void> {
  const { request, response, reply } = sending;
  try {
    writeHead(sending);
    if (reply.content !== undefined) return await sendContent(sending, reply.content);
    if (reply.text !== undefined) {
      response.write(reply.text);
      sending.counters.bytesOut += Buffer.byteLength(reply.text);
    }
    // We have sent the answer. If we closed the connection while the client still sends, it would be reset, and the
    // client would lose the answer. So we first read for a while.
    if (!request.complete) await drain(request, response);
    response.end();
  } finally {
    reply.content?.release();
  }
}

/** If we have not read a body to its end, the connection cannot serve another request, so we close it. */
function writeHead({ request, response, requestId, reply }: Sending): void {
  const bytes = reply.content?.bytes ?? Buffer.byteLength(reply.text ?? '');
  const told = reply.headers?.['content-length'] ?? reply.headers?.['transfer-encoding'];
  const hasLength = reply.status === 204 || reply.status === 304 || told !== undefined;
  const lines = {
    ...(reply.text === undefined ? {} : { 'content-type': 'application/xml' }),
    ...reply.headers,
    ...(hasLength ? {} : { 'content-length': String(bytes) }),
    ...(request.complete ? {} : { connection: 'close' }),
    'x-amz-request-id': requestId,
    server: 'partway-store',
  };
  for (const [name, value] of Object.entries(lines)) response.setHeader(name, value);
  response.writeHead(reply.status);
}

async function sendContent({ response, counters }: Sending, content: Content): Promise<void> {
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      counters.bytesOut += chunk.length;
      yield chunk;
    }
  };
  await pipeline(content.chunks(), counted, response);
}

/** Reads and drops the body until it ends, the client disconnects, or our limit is reached. */
function drain(request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, DRAIN_MS_MAX);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DRAIN_BYTES_MAX) end();
    });
    for (const event of ['end', 'error', 'close']) request.once(event, end);
    response.once('close', end);
    request.resume();
  });
}
