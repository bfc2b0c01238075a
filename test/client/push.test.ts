import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { SentPart, WantedPart } from '../../functions/transfer/push.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { nodePlatform } from '../../tools/client/node/platform.ts';
import { type PartKeeper, partMemory } from '../../tools/client/part-memory.ts';
import { type NumberedPart, type PushApi, type PushOptions, pushParts, wholeOf } from '../../tools/client/push.ts';
import { pushStream } from '../../tools/client/push-stream.ts';
import { cutting, inMemory } from '../../tools/client/stream-bytes.ts';
import { servingInTest } from '../serving.ts';

const PART = 1000;
const md5 = (body: Buffer) => createHash('md5').update(body).digest('hex');
const error = (code: string, message = code) => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

/** What the store does with the first, the second … PUT of a part; after these it takes it. */
type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const says =
  (status: number, text: string): Answer =>
  (_, response) =>
    response.writeHead(status).end(text);
const hangsUp: Answer = (request) => request.socket.destroy();
const answersEtag =
  (etag: string): Answer =>
  (_, response) =>
    response.setHeader('etag', etag).end();

/** A store that takes PUTs, behind an API that signs nothing and remembers what it was told. */
async function open(answers: Answer[] = []) {
  const taken = new Map<string, Buffer>();
  let put = 0;
  const { url } = await servingInTest(async (request, response) => {
    const body = await bodyOf(request).catch(() => Buffer.alloc(0));
    const answer = answers[put++];
    if (answer) return answer(request, response, body);
    taken.set(request.url ?? '', body);
    response.setHeader('etag', `"${md5(body)}"`).end();
  });
  const recorded: SentPart[] = [];
  const signed: WantedPart[] = [];
  const api: PushApi = {
    parts: async () => ({ parts: [] }),
    signParts: async (_, parts) => {
      signed.push(...parts);
      const urls = parts.map(({ partNumber }) => ({
        partNumber,
        url: `${url}/${partNumber}`,
        headers: {},
        expiresAt: '',
      }));
      return { uploadId: 'u', urls, present: [] };
    },
    recordParts: async (_, { parts }) => recorded.push(...parts),
  };
  return { api, taken, recorded, signed };
}

const options = (more: Partial<PushOptions> = {}): PushOptions => ({
  partsAtOnce: 2,
  retry: { count: 3, intervalSeconds: 0, backoff: 1 },
  patienceSeconds: 60,
  platform: nodePlatform,
  signal: new AbortController().signal,
  onProgress: () => {},
  onTrouble: () => {},
  ...more,
});
const view = { transferId: 't', push: { name: 'x', modifiedMs: 0, signsCrc32: false, etagIsMd5: true } };

function partsOf(content: Buffer): AsyncIterable<NumberedPart> {
  const count = Math.ceil(content.length / PART);
  return Readable.from(
    Array.from({ length: count }, (_, index) => ({
      partNumber: index + 1,
      compare: false,
      body: inMemory(content.subarray(index * PART, (index + 1) * PART)),
    })),
  );
}

describe('Pushing parts', () => {
  it.each([
    ['the store asks to slow down', says(503, error('SlowDown'))],
    ['the store fails', says(500, error('InternalError'))],
    ['the connection is cut', hangsUp],
    ['the URL has run out', says(403, error('AccessDenied', 'Request has expired'))],
    ['the store refuses once', says(403, error('AccessDenied'))],
    ['another body arrived', answersEtag(`"${md5(Buffer.from('other'))}"`)],
    ['the answer has no ETag', (_: IncomingMessage, response: ServerResponse) => response.end()],
  ])('sends a part again, with a new URL, when %s', async (_, answer) => {
    const content = randomBytes(3 * PART - 7);
    const { api, taken, recorded, signed } = await open([answer]);
    let progress: unknown;
    const onProgress = (now: unknown) => (progress = now);
    const done = await pushParts(api, view, partsOf(content), options({ onProgress }));
    expect(wholeOf(done)).toEqual({ bytes: content.length, crc32: crc32(content) });
    expect(progress).toMatchObject({ partsDone: 3, bytesDone: content.length, bytesInFlight: 0, retries: 1 });
    expect(Buffer.concat(['/1', '/2', '/3'].map((path) => taken.get(path)!))).toEqual(content);
    expect(signed).toHaveLength(4);
    expect(recorded.toSorted((one, other) => one.partNumber - other.partNumber)).toMatchObject([
      { partNumber: 1, bytes: PART, crc32: crc32(content.subarray(0, PART)) },
      { partNumber: 2 },
      { partNumber: 3, bytes: PART - 7 },
    ]);
  });

  it.each([
    ['Refused', says(403, error('AccessDenied')), 3],
    ['Damaged', answersEtag(md5(Buffer.from('other'))), 3],
    ['NoSuchBucket', says(404, error('NoSuchBucket')), 1],
    ['TargetExists', says(412, error('PreconditionFailed')), 1],
  ])('ends as %s, and records nothing, when no repetition helps', async (name, answer, times) => {
    const { api, recorded, signed } = await open(Array(9).fill(answer));
    const pushing = pushParts(api, view, partsOf(randomBytes(10)), options());
    await expect(pushing).rejects.toMatchObject({ name });
    expect([signed.length, recorded]).toEqual([times, []]);
  });

  it('tells the service which upload the store has lost, and ends', async () => {
    const { api, recorded } = await open([says(404, error('NoSuchUpload'))]);
    const lost: (string | undefined)[] = [];
    const listening: PushApi = {
      ...api,
      signParts: (id, parts, lostUploadId) => {
        lost.push(lostUploadId);
        return api.signParts(id, parts);
      },
    };
    const pushing = pushParts(listening, view, partsOf(randomBytes(10)), options());
    await expect(pushing).rejects.toMatchObject({ name: 'UploadLost' });
    const { uploadId } = await api.signParts('t', []);
    expect([lost, recorded]).toEqual([[undefined, uploadId], []]);
  });

  it('ends when nothing gets through for longer than patience, and says why', async () => {
    const { api } = await open(Array(99).fill(says(503, error('SlowDown'))));
    const pushing = pushParts(api, view, partsOf(randomBytes(10)), options({ patienceSeconds: 0 }));
    await expect(pushing).rejects.toMatchObject({
      name: 'Throttled',
      message: 'The store answered 503, SlowDown: SlowDown.',
    });
  });

  it('waits for an API that does not answer for a moment', async () => {
    const { api, recorded } = await open();
    const away = Object.assign(new Error('no answer'), { mayPass: true });
    let asked = 0;
    const flaky: PushApi = {
      ...api,
      signParts: (...words) => (asked++ === 0 ? Promise.reject(away) : api.signParts(...words)),
    };
    await pushParts(flaky, view, partsOf(randomBytes(10)), options());
    expect(recorded).toHaveLength(1);
  });

  it('counts down only by the bytes of a part that failed, and says that they are lost', async () => {
    const { api } = await open([says(503, error('SlowDown'))]);
    const shown: { moved: number; lost: number }[] = [];
    const onProgress: PushOptions['onProgress'] = ({ bytesDone, bytesInFlight, bytesLost }) =>
      void shown.push({ moved: bytesDone + bytesInFlight, lost: bytesLost });
    await pushParts(api, view, partsOf(randomBytes(3 * PART)), options({ onProgress }));
    const unexplained = shown.filter(({ moved, lost }, index) => {
      const before = shown[index - 1];
      return before && moved + lost < before.moved + before.lost;
    });
    expect([unexplained, shown.at(-1)]).toEqual([[], { moved: 3 * PART, lost: PART }]);
  });

  it('sends no part again that the store has taken, though the API does not hear of it at once', async () => {
    const { api, signed, recorded } = await open();
    const away = Object.assign(new Error('no answer'), { mayPass: true });
    let told = 0;
    const deaf: PushApi = {
      ...api,
      recordParts: (...words) => (told++ < 2 ? Promise.reject(away) : api.recordParts(...words)),
    };
    const shown: number[] = [];
    const onProgress: PushOptions['onProgress'] = ({ bytesDone, bytesInFlight }) =>
      void shown.push(bytesDone + bytesInFlight);
    await pushParts(deaf, view, partsOf(randomBytes(10)), options({ onProgress }));
    expect([signed.length, recorded.length, shown.at(-1)]).toEqual([1, 1, 10]);
  });

  it('stops all lanes with the first failure, or when it is interrupted', async () => {
    const { api } = await open();
    const stop = new AbortController();
    const lost = new TransferError('UploadLost', 'gone');
    const failing: PushApi = {
      ...api,
      signParts: (...words) => (words[1][0]?.partNumber === 3 ? Promise.reject(lost) : api.signParts(...words)),
    };
    await expect(pushParts(failing, view, partsOf(randomBytes(9 * PART)), options())).rejects.toBe(lost);
    const interrupting: PushApi = {
      ...api,
      recordParts: async (...words) => {
        stop.abort();
        return api.recordParts(...words);
      },
    };
    const pushing = pushParts(interrupting, view, partsOf(randomBytes(9 * PART)), options({ signal: stop.signal }));
    await expect(pushing).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('tells no progress after it has ended', async () => {
    const { api } = await open();
    let hasEnded = false;
    const after: unknown[] = [];
    const half = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const refused: PushApi = {
      ...api,
      signParts: async (...words) => {
        if (words[1][0]?.partNumber !== 2) return api.signParts(...words);
        await half.promise;
        throw new TransferError('NoSuchBucket', 'gone');
      },
    };
    const body = {
      ...inMemory(randomBytes(PART)),
      open: async function* (signal: AbortSignal) {
        yield randomBytes(PART / 2);
        half.resolve();
        await ended.promise;
        signal.throwIfAborted();
      },
    };
    const parts = Readable.from([1, 2].map((partNumber) => ({ partNumber, body, compare: false })));
    const onProgress = (progress: unknown) => hasEnded && after.push(progress);
    const pushing = pushParts(refused, view, parts, options({ onProgress }));
    await expect(pushing).rejects.toMatchObject({ name: 'NoSuchBucket' });
    hasEnded = true;
    ended.resolve();
    await new Promise((resolve) => setImmediate(resolve)); // the lane hears of it
    expect(after).toEqual([]);
  });

  it('reads a part that another client has sent meanwhile, and sends it if it is another one', async () => {
    const { api, taken, signed } = await open();
    const content = randomBytes(10);
    const raced: PushApi = {
      ...api,
      signParts: async (id, [part]) => {
        if (part?.crc32 !== undefined) return api.signParts(id, [part]);
        signed.push(part!);
        return { uploadId: 'u', urls: [], present: [1] };
      },
    };
    await pushParts(raced, view, partsOf(content), options());
    expect(signed.map((part) => part.crc32)).toEqual([undefined, crc32(content)]);
    expect(taken.get('/1')).toEqual(content);
  });

  it('tells the service a checksum before the part where the store checks it', async () => {
    const { api, signed } = await open();
    const content = randomBytes(10);
    await pushParts(api, { ...view, push: { ...view.push, signsCrc32: true } }, partsOf(content), options());
    expect(signed).toMatchObject([{ crc32: crc32(content) }]);
  });
});

describe('The MD5 of a part is told before it is sent', () => {
  const push = { ...view.push, signsMd5: true };

  it('if nothing else would tell the store that it has other bytes', async () => {
    const { api, signed } = await open();
    const content = randomBytes(10);
    await pushParts(api, { ...view, push: { ...push, etagIsMd5: false } }, partsOf(content), options());
    expect(signed).toMatchObject([{ crc32: crc32(content), md5: md5(content) }]);
  });

  it.each([
    ['and not if the ETag is an MD5, since then the part is read once', { etagIsMd5: true }],
    ['and not if the store checks its CRC32', { etagIsMd5: false, signsCrc32: true }],
    ['and not if the store does not compare it', { etagIsMd5: false, signsMd5: false }],
  ])('%s', async (_, rules) => {
    const { api, signed, taken } = await open();
    const content = randomBytes(10);
    await pushParts(api, { ...view, push: { ...push, ...rules } }, partsOf(content), options());
    expect([signed[0]?.md5, taken.get('/1')]).toEqual([undefined, content]);
  });
});

describe('Pushing a stream', () => {
  const plan = { objectBytes: 5 * PART, partBytes: PART, partCount: 5 };
  const streamOf = (content: Buffer, parts = 2) => ({
    stream: cutting(Readable.from([content.subarray(0, 7), content.subarray(7)], { objectMode: false })),
    keeper: partMemory(parts * PART),
  });

  it.each([1, 2, 3])('keeps as many parts as its memory holds, and sends them all: %i', async (parts) => {
    const { api } = await open();
    const content = randomBytes(5 * PART);
    const { stream, keeper } = streamOf(content, parts);
    let kept = 0;
    let most = 0;
    const counting: PartKeeper = {
      ...keeper,
      keep: async (...words) => {
        const part = await keeper.keep(...words);
        kept += part.body.bytes;
        most = Math.max(most, kept);
        return {
          ...part,
          free: () => {
            kept -= part.body.bytes;
            part.free();
          },
        };
      },
    };
    const open4 = options({ partsAtOnce: 4 });
    const done = await pushStream(api, { ...view, plan } as TransferView, { stream, keeper: counting }, open4);
    expect(done).toEqual({ bytes: 5 * PART, crc32: crc32(content) });
    expect([most, kept]).toEqual([parts * PART, 0]);
  });

  it('cuts it as its plan says, whose parts grow', async () => {
    const { api, taken, signed } = await open();
    const content = randomBytes(2200);
    const growing = { objectBytes: 5000, partBytes: 400, growth: { firstBytes: 100, everyParts: 3 }, partCount: 16 };
    const done = await pushStream(api, { ...view, plan: growing } as TransferView, streamOf(content), options());
    expect(done).toEqual({ bytes: 2200, crc32: crc32(content) });
    const sent = signed.toSorted((one, other) => one.partNumber - other.partNumber);
    expect(sent.map(({ bytes }) => bytes)).toEqual([100, 100, 100, 200, 200, 200, 400, 400, 400, 100]);
    expect(Buffer.concat(sent.map(({ partNumber }) => taken.get(`/${partNumber}`)!))).toEqual(content);
  });

  it('takes one that is exactly as long as its plan', async () => {
    const { api } = await open();
    const content = randomBytes(5 * PART);
    const done = await pushStream(api, { ...view, plan } as TransferView, streamOf(content), options());
    expect(done).toEqual({ bytes: 5 * PART, crc32: crc32(content) });
  });

  it('ends as StreamTooLong where its plan ends, and names the limit', async () => {
    const { api } = await open();
    const stream = streamOf(randomBytes(5 * PART + 1));
    const pushing = pushStream(api, { ...view, plan } as TransferView, stream, options());
    await expect(pushing).rejects.toMatchObject({
      name: 'StreamTooLong',
      message: expect.stringContaining('5 parts of 1,000 bytes'),
    });
  });
});
