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

// A client may still be sending when its request has been refused. We read this much, so that it sees the answer.
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
    // The answer is sent. If we closed now while the client still sends, the connection would be reset and the answer
    // lost. So we read on for a while before we close.
    if (!request.complete) await drain(request, response);
    response.end();
  } finally {
    reply.content?.release();
  }
}

/** If a body was not read to its end, the connection cannot carry another request. */
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

/** Ends when the body ends, the client goes, or our limit is reached, whichever comes first. */
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
