import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { relay } from '../../functions/engine/batch/relay.ts';
import { servingInTest } from '../serving.ts';

async function serve(listener: RequestListener): Promise<string> {
  const { url } = await servingInTest(listener);
  return `${url}/`;
}

/** Relays one part of a thousand bytes from a real socket to a target that reads all of it. */
async function relayed(listener: RequestListener): Promise<Buffer> {
  const source = urlSource(await serve(listener), { allowHttp: true, allowPrivateAddresses: true }, { verify: false });
  const received: Buffer[] = [];
  await relay({
    what: 'Part 1 of 1',
    bytes: 1000,
    md5: false,
    crcs: [],
    clock: systemClock,
    signal: new AbortController().signal,
    open: (signal) =>
      source.read({ first: 0, last: 999 }, { bytes: 1000, etag: undefined, headers: {}, metadata: {} }, signal),
    write: async (body, signal) => {
      const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      received.push(await Promise.race([buffer(body), aborted]));
      return { etag: 'e', etagIsMd5: false };
    },
    watch: () => {},
  });
  return Buffer.concat(received);
}

const head = { 'content-range': 'bytes 0-999/1000' };

describe('A part from a real connection', () => {
  it('that is reset in the middle may be tried again', async () => {
    const reset: RequestListener = (_, response) => {
      response.writeHead(206, { ...head, 'content-length': '1000' }).write(Buffer.alloc(400));
      setTimeout(() => response.socket?.resetAndDestroy(), 20);
    };
    await expect(relayed(reset)).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('that ends early may be tried again', async () => {
    const short: RequestListener = (_, response) => {
      response.writeHead(206, { ...head, 'content-length': '1000' }).write(Buffer.alloc(400));
      setTimeout(() => response.socket?.end(), 20);
    };
    await expect(relayed(short)).rejects.toMatchObject({ name: 'Unreachable' });
    const chunked: RequestListener = (_, response) => void response.writeHead(206, head).end(Buffer.alloc(400));
    await expect(relayed(chunked)).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('never sends more than its length, even if the source sends more', async () => {
    const long: RequestListener = (_, response) => {
      response.writeHead(206, head).write(Buffer.alloc(1000));
      setTimeout(() => response.end('DELETE /everything HTTP/1.1'), 20);
    };
    await expect(relayed(long)).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('More bytes came than the'),
    });
  });

  it('that is complete arrives', async () => {
    expect(await relayed((_, response) => void response.writeHead(206, head).end(Buffer.alloc(1000, 'x')))).toEqual(
      Buffer.alloc(1000, 'x'),
    );
  });
});

describe('The clock', () => {
  it('ends a sleep with the reason of the signal that aborted it', async () => {
    const reason = new Error('because');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 5);
    await expect(systemClock.sleep(10_000, stop.signal)).rejects.toBe(reason);
    await expect(systemClock.sleep(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
