import { buffer } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Content, Reply } from '../../tools/store/state/call.ts';
import type { Fault, FaultOf } from './temper.ts';

// So short that no client takes the silence for a failure.
const SPACE_EVERY_MS = 20;

/** The answer to a request that was done, changed by a fault. */
export async function changedReply(fault: Fault, reply: Reply): Promise<Reply> {
  switch (fault.kind) {
    case 'answer':
      return withAnswer(fault, reply);
    case 'gzip':
      return gzipped(reply);
    case 'shorten':
      return resized(reply, fault, -fault.bytes);
    case 'lengthen':
      return resized(reply, fault, fault.bytes);
    case 'space':
      return withSpace(reply, fault.ms);
    case 'list':
      return withList(reply, fault);
    default:
      return reply;
  }
}

/** Turns a text into bytes that can be cut and slowed down. */
export function asContent(reply: Reply): Reply & { readonly content: Content } {
  if (reply.content !== undefined) return { ...reply, content: reply.content };
  const bytes = Buffer.from(reply.text ?? '');
  const { text: _, ...rest } = reply;
  return {
    ...rest,
    headers: { 'content-type': 'application/xml', ...reply.headers },
    content: { bytes: bytes.length, chunks: () => chunksOf(bytes), release: () => {} },
  };
}

function withAnswer({ status, headers = {}, text }: FaultOf<'answer'>, reply: Reply): Reply {
  const kept = { ...reply.headers, ...withoutLength(headers) };
  const left = Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== null);
  const changed = { ...reply, status: status ?? reply.status, headers: Object.fromEntries(left) };
  if (text === undefined) return changed;
  reply.content?.release();
  const { content: _, ...rest } = changed;
  return { ...rest, text };
}

/** Removes Content-Length. Such an answer must mark its end in another way. */
function withoutLength(headers: Record<string, string | null>): Record<string, string | null> {
  const hasNone = headers['content-length'] === null;
  return hasNone ? { ...headers, 'transfer-encoding': 'chunked' } : headers;
}

async function gzipped(reply: Reply): Promise<Reply> {
  const { content, ...rest } = asContent(reply);
  const bytes = gzipSync(await buffer(content.chunks()));
  content.release();
  const headers = { ...rest.headers, 'content-encoding': 'gzip' };
  return { ...rest, headers, content: { bytes: bytes.length, chunks: () => chunksOf(bytes), release: () => {} } };
}

/** If the change is not declared, Content-Length stays and the connection closes cleanly after the last byte. */
async function resized(reply: Reply, { declared }: { declared: boolean }, by: number): Promise<Reply> {
  const { content, ...rest } = asContent(reply);
  const whole = await buffer(content.chunks());
  content.release();
  const bytes = by < 0 ? whole.subarray(0, Math.max(0, whole.length + by)) : Buffer.concat([whole, Buffer.alloc(by)]);
  const told = declared ? bytes.length : whole.length;
  const headers = { ...rest.headers, 'content-length': String(told), connection: 'close' };
  return { ...rest, headers, content: { bytes: bytes.length, chunks: () => chunksOf(bytes), release: () => {} } };
}

/** AWS keeps the connection of a long Complete alive: it sends the first line, then blanks, then the rest. */
function withSpace(reply: Reply, ms: number): Reply {
  const text = reply.text ?? '';
  const lineEnd = text.indexOf('\n') + 1;
  const chunks = async function* () {
    yield Buffer.from(text.slice(0, lineEnd));
    for (let passedMs = 0; passedMs < ms; passedMs += SPACE_EVERY_MS) {
      await after(SPACE_EVERY_MS);
      yield Buffer.from(' ');
    }
    yield Buffer.from(text.slice(lineEnd));
  };
  const { content, ...rest } = asContent(reply);
  const headers = { ...rest.headers, 'transfer-encoding': 'chunked' };
  return { ...rest, headers, content: { bytes: content.bytes, chunks, release: content.release } };
}

function withList(reply: Reply, { without = [], goesOn }: FaultOf<'list'>): Reply {
  let text = reply.text ?? '';
  for (const partNumber of without) {
    text = text.replace(new RegExp(`<Part><PartNumber>${partNumber}</PartNumber>.*?</Part>`, 's'), '');
  }
  if (goesOn === undefined) return { ...reply, text };
  const marker = Number(/<PartNumberMarker>(\d+)</.exec(text)?.[1] ?? 0);
  const next = goesOn === 'same-marker' ? marker : marker + 1;
  text = text
    .replace(/<IsTruncated>.*?</, '<IsTruncated>true<')
    .replace(/<NextPartNumberMarker>\d+</, `<NextPartNumberMarker>${next}<`);
  return { ...reply, text };
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer, void> {
  if (bytes.length > 0) yield bytes;
}
