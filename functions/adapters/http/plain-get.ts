import { type LentStream, lentStream } from '../../engine/ports/pieces.ts';
import { KiB, MiB } from '../../transfer/values/sizes.ts';
import { exactly, readChunked } from './chunked.ts';
import { type Connection, type Origin, openConnection } from './connection.ts';
import { type Head, readHead } from './head.ts';
import { type IdleConnections, idleConnections } from './idle-connections.ts';

export type Get = {
  readonly origin: Origin;
  /** The path with its query, encoded. */
  readonly path: string;
  /** Sent as they are, and without others: the signature covers them. */
  readonly headers: { readonly [name: string]: string };
  readonly signal: AbortSignal | undefined;
};

/** The answer to a GET. The body of an error is short. */
export type Answer = Pick<Head, 'statusCode' | 'headers'> & { readonly body: LentStream };

// As much as node:http takes.
const HEAD_BYTES_MAX = 16 * KiB;
// An error of S3 has some hundred bytes.
const ERROR_BYTES_MAX = MiB;
// A piece of this size costs little for each byte. Smaller ones are lent when the source is slow.
const PIECE_BYTES = 256 * KiB;

// What a request may contain. node:http explains what is wrong with any other.
const PATH = /^\/[\x21-\x7e]*$/;
const FIELD_NAME = /^[\w-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Requests for ranges over connections that are kept for the next one. */
export type PlainGets = {
  /** `undefined`: this has to go through node:http. */
  get(request: Get): Promise<Answer | undefined>;
  destroy(): void;
};

export function plainGets(): PlainGets {
  const idle = idleConnections();
  const odd = new Set<string>();
  return {
    get: async (request) => {
      const server = nameOf(request.origin);
      if (odd.has(server) || !isPlain(request)) return undefined;
      request.signal?.throwIfAborted();
      const waiting = idle.take(server);
      // The server may have closed a connection that waited. A GET may be repeated.
      const answer = waiting && (await exchange(request, waiting, idle).catch(() => undefined));
      if (answer) return answer;
      request.signal?.throwIfAborted();
      const first = await exchange(request, openConnection(request.origin), idle);
      if (!first) odd.add(server);
      return first;
    },
    destroy: idle.destroy,
  };
}

async function exchange(request: Get, connection: Connection, idle: IdleConnections): Promise<Answer | undefined> {
  const abort = () => connection.destroy(request.signal?.reason);
  request.signal?.addEventListener('abort', abort, { once: true });
  const over = (isWhole: boolean) => {
    request.signal?.removeEventListener('abort', abort);
    if (isWhole && connection.isOpen() && !connection.hasUnread()) idle.put(nameOf(request.origin), connection);
    else connection.destroy();
  };
  try {
    connection.write(textOf(request));
    const head = await headFrom(connection);
    const body = head && (await bodyFrom(connection, head, over));
    if (body) return { ...head, body };
    over(false);
    return undefined;
  } catch (error) {
    over(false);
    throw error;
  }
}

function nameOf({ protocol, hostname, port }: Origin): string {
  return `${protocol}//${hostname}:${port}`;
}

function isPlain({ path, headers }: Get): boolean {
  return (
    PATH.test(path) &&
    Object.entries(headers).every(([name, value]) => FIELD_NAME.test(name) && FIELD_VALUE.test(value))
  );
}

function textOf({ path, headers }: Get): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** `undefined`: node:http has to read this answer. */
async function headFrom(connection: Connection): Promise<Head | undefined> {
  let text = '';
  while (text.length <= HEAD_BYTES_MAX) {
    const piece = await connection.next(HEAD_BYTES_MAX);
    const before = Math.max(0, text.length - 3);
    text += piece.toString('latin1');
    const end = text.indexOf('\r\n\r\n', before);
    if (end < 0) continue;
    connection.putBack(text.length - end - 4);
    return readHead(text.slice(0, end));
  }
  return undefined;
}

type Over = (isWhole: boolean) => void;

/** `undefined`: node:http has to read this answer. Calls `over` with whether the last byte was read. */
async function bodyFrom(connection: Connection, head: Head, over: Over): Promise<LentStream | undefined> {
  const { statusCode, length, keepsAlive } = head;
  if (length !== 'chunked' && statusCode < 300)
    return lent(connection, length, (isWhole) => over(isWhole && keepsAlive));
  if (length !== 'chunked' && length > ERROR_BYTES_MAX) return undefined;
  const error =
    length === 'chunked' ? await readChunked(connection, ERROR_BYTES_MAX) : await exactly(connection, length);
  over(error !== undefined && keepsAlive);
  return error && lentStream(async (take) => take(error));
}

/** Calls `over` once: with true after the last byte, with false if nobody reads the rest. */
function lent(connection: Connection, length: number, over: Over): LentStream {
  let left = length;
  let isOver = false;
  const end = () => {
    if (!isOver) over(left === 0);
    isOver = true;
  };
  const body = lentStream(async (take) => {
    while (left > 0) {
      const piece = await connection.next(left, Math.min(left, PIECE_BYTES));
      await take(piece);
      left -= piece.length;
    }
    end();
  });
  return body.once('close', end);
}
