import { createHash, randomBytes } from 'node:crypto';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHead } from '../../functions/adapters/http/head.ts';
import { type Answer, type PlainGets, plainGets } from '../../functions/adapters/http/plain-get.ts';
import { pour } from '../../functions/engine/ports/pieces.ts';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { listeningInTest, servingInTest } from '../serving.ts';
import { chanceOf } from '../simulation/chance.ts';
import { key, selfSigned } from './certificates.ts';

const signal = new AbortController().signal;

/** A GET to a server on this computer. */
function getFrom(
  gets: PlainGets,
  port: number,
  more: { readonly protocol?: 'https:'; readonly signal?: AbortSignal } = {},
) {
  const { protocol = 'http:' } = more;
  const origin = { protocol, hostname: '127.0.0.1', port } as const;
  return gets.get({ origin, path: '/a', headers: { host: 'h', range: 'bytes=0-9' }, signal: more.signal ?? signal });
}

async function bytesOf(answer: Answer | undefined): Promise<Buffer> {
  if (!answer) throw new Error('node:http has to read this answer.');
  const pieces: Buffer[] = [];
  await pour(answer.body, (piece) => void pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

/** A server that sends what it is told as soon as a request has come, and counts its connections. */
async function saying(answer: (socket: Socket, request: number) => unknown) {
  const seen = { connections: 0, requests: 0 };
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    socket.on('error', () => {});
    socket.on('data', (text) => {
      for (const _ of text.toString().matchAll(/\r\n\r\n/g)) void answer(socket, seen.requests++);
    });
  });
  const { port } = await listeningInTest(server);
  return { port, seen };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('A head', () => {
  const fields = 'Content-Length: 10\r\nETag: "e"';

  it('is read with its status, its fields in lower case, and the length of the body', () => {
    expect(readHead(`HTTP/1.1 206 Partial Content\r\n${fields}\r\nX-A: 1\r\nx-a:\t2 `)).toEqual({
      statusCode: 206,
      headers: { 'content-length': '10', etag: '"e"', 'x-a': '1, 2' },
      length: 10,
      keepsAlive: true,
    });
    expect(readHead(`HTTP/1.1 200\r\n${fields}\r\nConnection: close`)?.keepsAlive).toBe(false);
  });

  it.each([
    ['of HTTP/1.0', `HTTP/1.0 200 OK\r\n${fields}`],
    ['of HTTP/2', `HTTP/2 200 OK\r\n${fields}`],
    ['of an interim answer', `HTTP/1.1 100 Continue\r\n${fields}`],
    ['without a body', `HTTP/1.1 304 Not Modified\r\n${fields}`],
    ['of a body in chunks', `HTTP/1.1 200 OK\r\n${fields}\r\nTransfer-Encoding: chunked`],
    ['without a length', 'HTTP/1.1 200 OK\r\nETag: "e"'],
    ['with two lengths', `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: 11`],
    ['with a length that has a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +10'],
    ['with a length in hexadecimal', 'HTTP/1.1 200 OK\r\nContent-Length: 0x10'],
    ['with a length beyond what a number holds', `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(16)}`],
    ['with a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 10'],
    ['with a folded field', `HTTP/1.1 200 OK\r\n${fields}\r\n folded`],
    ['with a bare line feed', `HTTP/1.1 200 OK\r\n${fields}\nX-A: 1`],
    ['with a zero byte', `HTTP/1.1 200 OK\r\n${fields}\r\nX-A: \0`],
    ['that is empty', ''],
  ])('%s goes to node:http', (_, text) => expect(readHead(text)).toBeUndefined());

  it('of any bytes is read or left, within a moment, and never changes what objects inherit', () => {
    const chance = chanceOf(7);
    const words = [
      'HTTP/1.1 200 OK',
      '\r\n',
      ':',
      ' ',
      '__proto__: x',
      'Content-Length: 3',
      '\t'.repeat(50),
      'a'.repeat(99),
    ];
    for (let round = 0; round < 20_000; round += 1) {
      const text = Array.from({ length: 8 }, () => chance.pick(words)).join('');
      const head = readHead(text);
      if (head) expect(head.length).toBe(3);
    }
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

describe.each(['http:', 'https:'] as const)('A body over %s', (protocol) => {
  beforeAll(() => tls.setDefaultCACertificates([...tls.getCACertificates('default'), selfSigned]));

  const served = async (content: Buffer) => {
    const answer: Parameters<typeof servingInTest>[0] = (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      for (let at = 0; at < content.length; at += 100_003) response.write(content.subarray(at, at + 100_003));
      response.end();
    };
    if (protocol === 'http:') return servingInTest(answer);
    return listeningInTest(createTlsServer({ key, cert: selfSigned }, answer));
  };

  it('arrives whole if its reader is slow, in pieces that stay as they are until the reader is done', async () => {
    const content = randomBytes(9 * MiB + 17);
    const { port } = await served(content);
    const answer = await getFrom(plainGets(), port, protocol === 'https:' ? { protocol } : {});
    const pieces: Buffer[] = [];
    await pour(answer!.body, async (piece) => {
      const before = sha256(piece);
      await after(pieces.length % 3);
      expect(sha256(piece)).toBe(before);
      pieces.push(Buffer.from(piece));
    });
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(content));
    expect(pieces.length).toBeLessThan(200);
  });

  it('arrives whole when it is read like any other stream', async () => {
    const content = randomBytes(3 * MiB);
    const { port } = await served(content);
    const answer = await getFrom(plainGets(), port, protocol === 'https:' ? { protocol } : {});
    const pieces: Buffer[] = [];
    for await (const piece of answer!.body) pieces.push(piece);
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(content));
  });
});

describe('A connection', () => {
  it('serves the next request, and only after the last byte of a body', async () => {
    const { port, seen } = await saying(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
    );
    const gets = plainGets();
    for (let round = 0; round < 5; round += 1)
      expect((await bytesOf(await getFrom(gets, port))).toString()).toBe('abc');
    expect(seen).toEqual({ connections: 1, requests: 5 });
    (await getFrom(gets, port))?.body.destroy();
    expect((await bytesOf(await getFrom(gets, port))).toString()).toBe('abc');
    expect(seen.connections).toBe(2);
    gets.destroy();
  });

  it('is not used again if the server closes it, says so, or sends more than its length', async () => {
    const heads = [
      'Connection: close\r\nContent-Length: 1\r\n\r\na',
      'Content-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged',
    ];
    for (const head of heads) {
      const { port, seen } = await saying((socket) => void socket.write(`HTTP/1.1 200 OK\r\n${head}`));
      const gets = plainGets();
      for (let round = 0; round < 3; round += 1)
        expect((await bytesOf(await getFrom(gets, port))).toString()).toBe('a');
      expect(seen.connections).toBe(3);
    }
  });

  it('that the server closed while it waited is replaced, and the request is sent again', async () => {
    const { port, seen } = await saying((socket, request) => {
      if (request === 1) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na');
    });
    const gets = plainGets();
    expect((await bytesOf(await getFrom(gets, port))).toString()).toBe('a');
    expect((await bytesOf(await getFrom(gets, port))).toString()).toBe('a');
    expect(seen).toEqual({ connections: 2, requests: 3 });
    gets.destroy();
  });

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('that %s in the middle of a body is an error, never a short body', async (_, end) => {
    const { port } = await saying((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
      setTimeout(() => end(socket), 20);
    });
    await expect(bytesOf(await getFrom(plainGets(), port))).rejects.toThrow(Error);
  });

  it('ends with the reason of the signal, before and in the middle of the answer', async () => {
    const { port } = await saying((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'));
    const stop = new AbortController();
    const answer = await getFrom(plainGets(), port, { signal: stop.signal });
    const reading = bytesOf(answer);
    stop.abort(new Error('because'));
    await expect(reading).rejects.toThrow('because');
    await expect(getFrom(plainGets(), port, { signal: stop.signal })).rejects.toThrow('because');
    const silent = await saying(() => {});
    const later = AbortSignal.timeout(50);
    await expect(getFrom(plainGets(), silent.port, { signal: later })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('to a server with an endless head, or with an odd one, is left to node:http from then on', async () => {
    const endless = await saying((socket) => {
      for (let line = 0; line < 100; line += 1) socket.write(`X-${line}: ${'x'.repeat(KiB)}\r\n`);
    });
    const odd = await saying((socket) => void socket.write('HTTP/1.0 200 OK\r\n\r\nabc'));
    for (const { port, seen } of [endless, odd]) {
      const gets = plainGets();
      expect([await getFrom(gets, port), await getFrom(gets, port)]).toEqual([undefined, undefined]);
      expect(seen.connections).toBe(1);
    }
  });

  it('reads an error in chunks, and serves the next request after it', async () => {
    const chunks = 'Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\n\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n';
    const { port, seen } = await saying(async (socket) => {
      for (const letter of `HTTP/1.1 503 Slow Down\r\n${chunks}`) {
        socket.write(letter);
        await after(0);
      }
    });
    const gets = plainGets();
    for (let round = 0; round < 2; round += 1) {
      const answer = await getFrom(gets, port);
      expect([answer?.statusCode, (await bytesOf(answer)).toString()]).toEqual([503, 'abc\r\n']);
    }
    expect(seen).toEqual({ connections: 1, requests: 2 });
    gets.destroy();
  });

  it.each(['zz\r\nabc', '3\r\nabcdef\r\n', 'ffffffff\r\nabc', '-1\r\nabc', `${'1'.repeat(5000)}\r\n`])(
    'to a server whose chunks are wrong (%.8j) is left to node:http',
    async (chunks) => {
      const head = 'HTTP/1.1 503 Slow Down\r\nTransfer-Encoding: chunked\r\n\r\n';
      const { port } = await saying((socket) => void socket.write(head + chunks));
      expect(await getFrom(plainGets(), port)).toBeUndefined();
    },
  );

  it('sends nothing that could be a second request', async () => {
    const { port, seen } = await saying(() => {});
    const origin = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
    const gets = plainGets();
    const evil = 'x\r\n\r\nDELETE / HTTP/1.1\r\n\r\n';
    expect(await gets.get({ origin, path: '/', headers: { range: evil }, signal })).toBeUndefined();
    expect(await gets.get({ origin, path: `/${evil}`, headers: {}, signal })).toBeUndefined();
    expect(await gets.get({ origin, path: '/', headers: { [evil]: '' }, signal })).toBeUndefined();
    expect(seen.connections).toBe(0);
  });
});
