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

// What a client may still be sending when its request has been refused: this much is read so that it sees why.
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
    // The answer is out, but closing now would reset the connection under a client that is still sending, and with it
    // the answer. So we listen a while before we hang up.
    if (!request.complete) await drain(request, response);
    response.end();
  } finally {
    reply.content?.release();
  }
}

/** A body that has not been read to its end makes the connection useless for another request. */
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

/** Ends with the body, with the client or with our patience, whichever comes first. */
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
