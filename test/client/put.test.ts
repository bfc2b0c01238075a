import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { PartBody } from '../../tools/client/bytes.ts';
import { put, putWithin } from '../../tools/client/node/put.ts';
import { inMemory } from '../../tools/client/stream-bytes.ts';
import { servingInTest } from '../serving.ts';

const second = 1000;
const etag = { etag: '"e"' };

/** A part in one piece, which is longer than what the system takes at once. */
const onePiece = (bytes: number): PartBody => ({
  bytes,
  open: async function* () {
    yield Buffer.alloc(bytes);
  },
});

async function sending(body: PartBody, answer: RequestListener, send = put) {
  const { url } = await servingInTest(answer);
  const shown: number[] = [];
  const options = {
    withMd5: false,
    signal: new AbortController().signal,
    onBytes: (bytes: number) => shown.push(bytes),
  };
  return { shown, sent: send({ url, headers: {}, expiresAt: '' }, body, options) };
}

describe('Sending a part', () => {
  it('goes on while bytes move, however long a piece takes', async () => {
    const readsSlowly: RequestListener = (request, response) => {
      request.on('data', () => {
        request.pause();
        setTimeout(() => request.resume(), 16);
      });
      request.on('end', () => response.writeHead(200, etag).end());
    };
    const { sent, shown } = await sending(
      onePiece(24 * MiB),
      readsSlowly,
      putWithin({ bytesMsMax: 2.5 * second, answerMsMax: 30 * second }),
    );
    await expect(sent).resolves.toMatchObject({ etag: 'e' });
    expect(shown.reduce((sum, bytes) => sum + bytes)).toBe(24 * MiB);
  }, 120_000);

  it('sends whole pieces as soon as the line has shown that it is fast', async () => {
    const takes: RequestListener = (request, response) =>
      void request.resume().on('end', () => response.writeHead(200, etag).end());
    const { sent, shown } = await sending(inMemory(Buffer.alloc(32 * MiB)), takes);
    await sent;
    expect(shown.filter((bytes) => bytes === MiB).length).toBeGreaterThan(20);
  });

  it('ends as Unreachable when nothing moves', async () => {
    const limits = { bytesMsMax: 200, answerMsMax: 30 * second };
    const { sent } = await sending(onePiece(32 * MiB), () => {}, putWithin(limits));
    await expect(sent).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('nothing moved for 200 ms'),
    });
  });

  it('waits longer for the answer than for bytes', async () => {
    const answersLate: RequestListener = (request, response) =>
      void request.resume().on('end', () => setTimeout(() => response.writeHead(200, etag).end(), 500));
    const limits = { bytesMsMax: 200, answerMsMax: 30 * second };
    const { sent } = await sending(inMemory(Buffer.alloc(10)), answersLate, putWithin(limits));
    await expect(sent).resolves.toMatchObject({ etag: 'e' });
  });

  it('ends as Unreachable when no answer comes', async () => {
    const limits = { bytesMsMax: 30 * second, answerMsMax: 200 };
    const { sent } = await sending(inMemory(Buffer.alloc(10)), (request) => request.resume(), putWithin(limits));
    await expect(sent).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('all bytes were sent, and no answer came for 200 ms'),
    });
  });

  it('does not go on sending what the store has refused already', async () => {
    const { url } = await servingInTest((_, response) => response.writeHead(403).end());
    let read = 0;
    const body = {
      bytes: 2 ** 40,
      open: async function* () {
        for (;;) {
          read += 1;
          yield Buffer.alloc(1024);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
    const signed = { url, headers: {}, expiresAt: '' };
    const sending = put(signed, body, { withMd5: false, signal: new AbortController().signal, onBytes: () => {} });
    await expect(sending).rejects.toMatchObject({ name: 'Refused' });
    const before = read;
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(before);
  });
});
