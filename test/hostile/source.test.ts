import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { relay } from '../../functions/engine/batch/relay.ts';
import type { SourceStore } from '../../functions/engine/ports/ports.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { answers, expectLawful, fuzzing, stranger } from './stranger.ts';

const pin = { bytes: 1000, etag: 'v1', headers: {}, metadata: {} };
const good = `HTTP/1.1 206 Said\r\netag: "v1"\r\ncontent-range: bytes 0-999/1000\r\ncontent-length: 1000\r\n`;

/** Everything that reads bytes of a stranger. */
const readers: Record<string, (url: string) => SourceStore> = {
  'a URL': (url) => urlSource(`${url}/k`, { allowHttp: true, allowPrivateAddresses: true }, { verify: true }),
  'an object': (url) => {
    const facts = { name: 'b', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['b'] };
    const client = s3Client(facts, profiles.aws, { accessKeyId: 'key', secretAccessKey: 'secret' });
    onTestFinished(() => client.destroy());
    const source = { endpoint: 'b', bucket: 'b', key: 'k' };
    return s3Source(client, source, { verify: true, profile: profiles.aws });
  },
};

/** Moves one part of 1,000 bytes as a Lambda does, to a target that takes everything. */
async function moved(source: SourceStore, clock = systemClock): Promise<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  await relay({
    what: 'Part 1 of 1',
    bytes: 1000,
    md5: false,
    crcs: [],
    clock,
    signal: new AbortController().signal,
    open: (signal) => source.read({ first: 0, last: 999 }, pin, signal),
    write: async (body, signal) => {
      const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      received = await Promise.race([buffer(body), aborted]);
      return { etag: 'e', etagIsMd5: false };
    },
    watch: () => {},
  });
  return received;
}

describe.each(Object.entries(readers))('The server of %s', (_, reader) => {
  async function sourceOf(answer: (socket: Socket, asked: number) => void) {
    let asked = 0;
    const { url } = await stranger((socket) => {
      asked += 1;
      answer(socket, asked);
    });
    return { source: reader(url), asked: () => asked };
  }

  it('can answer whatever it likes: a part has its length, or fails by a name of our list', async () => {
    let answer: Buffer = Buffer.alloc(0);
    const { source } = await sourceOf((socket) => socket.end(answer));
    const tried = fc.asyncProperty(answers, async (bytes) => {
      answer = bytes;
      await moved(source).then(({ length }) => expect(length).toBe(1000), expectLawful);
      await source.inspect().then((facts) => {
        if (facts) expect(Number.isSafeInteger(facts.bytes) && facts.bytes >= 0).toBe(true);
      }, expectLawful);
    });
    await fc.assert(tried, fuzzing);
  });

  it('sends the part that was asked for, if it is honest', async () => {
    const { source } = await sourceOf((socket) => socket.end(`${good}\r\n${'x'.repeat(1000)}`));
    expect(await moved(source)).toEqual(Buffer.alloc(1000, 'x'));
  });

  it.each([
    ['ends too early', `${good}\r\n${'x'.repeat(999)}`],
    ['says that it sends fewer bytes', `${good.replace('h: 1000', 'h: 10')}\r\n${'x'.repeat(10)}`],
    ['has two lengths', `${good}content-length: 10\r\n\r\n${'x'.repeat(1000)}`],
    ['has a negative length', `${good.replace('h: 1000', 'h: -1')}\r\n${'x'.repeat(1000)}`],
    ['has a length and chunks', `${good}transfer-encoding: chunked\r\n\r\n3e8\r\n${'x'.repeat(1000)}\r\n0\r\n\r\n`],
    [
      'has a chunk without a length',
      `${good.replace(/content-length.*\r\n/, 'transfer-encoding: chunked\r\n')}\r\nzz\r\n`,
    ],
    ['has a head that does not end', `HTTP/1.1 206 Said\r\n${'a: b\r\n'.repeat(100_000)}`],
    ['has a header that does not end', `HTTP/1.1 206 Said\r\na: ${'b'.repeat(1_000_000)}`],
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['is the whole file', `HTTP/1.1 200 Said\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(1000)}`],
    ['is another range', `${good.replace('bytes 0-999', 'bytes 1-1000')}\r\n${'x'.repeat(1000)}`],
    [
      'has several ranges',
      `HTTP/1.1 206 Said\r\ncontent-type: multipart/byteranges; boundary=a\r\n\r\n--a\r\n\r\n--a--`,
    ],
    ['is packed', `${good}content-encoding: gzip\r\n\r\n${'x'.repeat(10)}`],
  ])('is not believed if its answer %s', async (_case, answer) => {
    const { source } = await sourceOf((socket) => socket.end(answer));
    const failure = await moved(source).then(
      () => expect.unreachable('the part was taken'),
      (error) => error,
    );
    expectLawful(failure);
  });

  it('cannot have the bytes behind one answer read as the next', async () => {
    const forged = `${good}\r\n${'y'.repeat(1000)}`;
    const { source, asked } = await sourceOf((socket, count) =>
      count === 1
        ? socket.write(`${good}\r\n${'x'.repeat(1000)}${forged}`)
        : socket.end(`${good}\r\n${'z'.repeat(1000)}`),
    );
    const first = await moved(source).catch(expectLawful);
    if (first) expect(first).toEqual(Buffer.alloc(1000, 'x'));
    expect(await moved(source)).toEqual(Buffer.alloc(1000, 'z'));
    expect(asked()).toBe(2);
  });

  it('cannot keep a Lambda busy with a byte now and then', async () => {
    const { source } = await sourceOf((socket) => {
      socket.write(`${good}\r\n`);
      const dribble = setInterval(() => socket.write('x'), 4);
      socket.on('close', () => clearInterval(dribble));
    });
    // A second of this clock is a millisecond, so a byte comes every four seconds, and all of them would take an hour.
    const hurried = {
      ...systemClock,
      nowMs: () => Date.now() * 1000,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 1000, signal),
    };
    const failure = await moved(source, hurried).catch((error) => error);
    expectLawful(failure);
    expect(failure.message).toMatch(/almost nothing moved for 30 s, after \d+ of 1000 bytes/);
  });

  it('cannot fill memory with a body that never ends', async () => {
    let sent = 0;
    const { source } = await sourceOf((socket) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      const more = (): void => {
        if (socket.destroyed) return;
        sent += piece.length;
        if (socket.write(piece)) setImmediate(more);
        else socket.once('drain', more);
      };
      socket.write(`${good.replace(/content-length.*\r\n/, '')}\r\n`);
      more();
    });
    expectLawful(await moved(source).catch((error) => error));
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });
});
