import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect } from 'vitest';
import { isErrorName, TransferError } from '../../functions/transfer/errors.ts';
import { MESSAGE_CHARACTERS_MAX } from '../../functions/transfer/values/foreign-text.ts';
import type { Listening } from '../listening.ts';
import { listeningInTest } from '../serving.ts';

/** Every run tries the same answers. Another number tries others: HOSTILE_SEED=7 npx vitest run test/hostile */
export const fuzzing = { seed: Number(process.env.HOSTILE_SEED ?? 20261126), numRuns: 150 };

/**
 * A server that reads a request and then writes to the socket whatever it likes. `answer` is called for each request, and
 * may change what the next one does.
 */
export function stranger(answer: (socket: Socket, head: string) => void): Promise<Listening> {
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      if (head.includes('\r\n\r\n')) return;
      head += piece.toString('latin1');
      if (head.includes('\r\n\r\n')) answer(socket, head);
    });
  });
  return listeningInTest(server);
}

/** What must be true of everything that leaves an adapter as an error, whatever the stranger did. */
export function expectLawful(error: unknown): void {
  expect(error).toBeInstanceOf(TransferError);
  const { name, message } = error as TransferError;
  expect(isErrorName(name), `the name ${name}`).toBe(true);
  expect(message.length).toBeLessThanOrEqual(MESSAGE_CHARACTERS_MAX);
  expect(message).not.toMatch(/[\p{Cc}\u202E]/u);
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', '-1', 'NaN', '0', '1e309', '99999999999999999999', '10001', '\u001B[2J', '<', '&#0;', ']]>', '"'),
  fc.constantFrom('constructor', '__proto__', 'toString', 'NoSuchUpload', 'AccessDenied', 'SlowDown', 'true', 'false'),
  fc.integer({ min: 1, max: 3000 }).map((length) => 'x'.repeat(length)),
);

const element = fc.constantFrom(
  ...[
    'Error',
    'Code',
    'Message',
    'Part',
    'PartNumber',
    'Size',
    'ETag',
    'IsTruncated',
    'NextPartNumberMarker',
    'Upload',
  ],
  ...['Key', 'UploadId', 'Initiated', 'NextKeyMarker', 'NextUploadIdMarker', 'LastModified', 'Location', 'Region'],
  ...['ListPartsResult', 'CompleteMultipartUploadResult', 'constructor', '__proto__', '#text'],
);

const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc
      .tuple(element, fc.array(tie('tree'), { maxLength: 5 }))
      .map(([name, all]) => `<${name}>${all.join('')}</${name}>`),
  ),
}));

const header = fc.tuple(
  fc.constantFrom(
    ...['content-length', 'content-range', 'content-type', 'content-encoding', 'transfer-encoding', 'etag', 'location'],
    ...['last-modified', 'x-amz-checksum-crc32', 'x-amz-checksum-type', 'x-amz-bucket-region', 'x-amz-tagging-count'],
    ...['x-amz-missing-meta', 'x-amz-meta-a', 'x-amz-meta-__proto__', 'connection', 'expires', 'retry-after'],
  ),
  fc.oneof(
    text,
    fc.constantFrom(
      'bytes 0-999/1000',
      'bytes 0-0/1000',
      'bytes */0',
      '"v1"',
      'W/"v1"',
      'chunked',
      'gzip',
      '1000',
      '5',
    ),
  ),
);

const status = fc.oneof(
  fc.constantFrom(200, 206, 204, 301, 307, 400, 403, 404, 412, 416, 429, 500, 503),
  fc.integer({ min: 100, max: 999 }),
);

/** An answer of HTTP as bytes: often a good one, often one that no server should send. */
export const answers: fc.Arbitrary<Buffer> = fc
  .tuple(status, fc.array(header, { maxLength: 6 }), fc.oneof(tree, fc.constant('x'.repeat(1000))), fc.nat(), fc.nat(9))
  .map(([code, headers, body, place, damage]) => {
    const lines = headers.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}\r\n`);
    const whole = Buffer.from(`HTTP/1.1 ${code} Said\r\n${lines.join('')}\r\n${body}`);
    const at = place % whole.length;
    if (damage === 0) return whole.subarray(0, at);
    if (damage === 1) return Buffer.concat([whole.subarray(0, at), whole]);
    if (damage === 2) whole[at] = place % 256;
    return whole;
  });
