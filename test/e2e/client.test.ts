import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32Hex } from '../../functions/transfer/values/checksums.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { UploadProgress } from '../../tools/client/library.ts';
import {
  abort,
  describe as describeTransfer,
  type FileSource,
  listParts,
  localApi,
  PartwayError,
  pause,
  resume,
  type StreamSource,
  uploadFile,
  uploadStream,
} from '../../tools/client/node/client.ts';
import { sha256At } from './objects.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';

// What a program does that has the library, against the stack as it is.
const PART = 5 * MiB;
const folder = mkdtempSync(join(tmpdir(), 'partway-client-'));
let stack: StackProcess;
beforeAll(async () => {
  stack = await startStackProcess(join(folder, 'home'));
});
afterAll(() => stack?.stop());

const content = randomBytes(4 * PART + 17);
const path = join(folder, 'file.bin');
writeFileSync(path, content);
const to = (key: string) => ({ api: localApi(stack.home), target: { endpoint: 'b', bucket: 'data', key } });
const inParts = { partBytes: PART, multipartThresholdBytes: PART, partsAtOnce: 2 };
const sha256 = createHash('sha256').update(content).digest('hex');
const arrived = (key: string) => sha256At(stack.store('b'), 'data', key);

/** Interrupts an upload after so many parts. Gives the transfer's id. */
async function interrupted(key: string, parts: number): Promise<string> {
  const stop = new AbortController();
  let transferId = '';
  const onProgress = ({ partsDone, view }: UploadProgress) => {
    transferId = view.transferId;
    if (partsDone >= parts) stop.abort(new Error('enough'));
  };
  const uploading = uploadFile({ ...to(key), ...inParts, source: path, onProgress, signal: stop.signal });
  await expect(uploading).rejects.toThrow('enough');
  return transferId;
}

describe('uploadFile', () => {
  const sources: [string, () => FileSource | Promise<FileSource>][] = [
    ['a path', () => path],
    ['a file: URL', () => pathToFileURL(path)],
    ['an open file', () => open(path)],
    ['bytes', () => content],
    ['a Blob', () => new Blob([content])],
  ];

  it.each(sources)('uploads %s, and tells how far it is', async (name, source) => {
    const seen: UploadProgress[] = [];
    const given = await source();
    const onProgress = (progress: UploadProgress) => seen.push(progress);
    const view = await uploadFile({ ...to(name), ...inParts, source: given, onProgress, metadata: { a: 'b' } });
    if (typeof given === 'object' && 'fd' in given) await given.close(); // it is still open
    expect(view).toMatchObject({ state: 'copied', receipt: { crc32: crc32Hex(crc32(content)) } });
    expect(await arrived(name)).toBe(sha256);
    expect(seen.at(-1)).toMatchObject({ bytesDone: content.length, bytesTotal: content.length, partsDone: 5 });
    expect(seen.every(({ bytesTotal, seconds }) => bytesTotal === content.length && seconds >= 0)).toBe(true);
  });

  it('goes on after it was interrupted, with the parts that are missing', async () => {
    const transferId = await interrupted('again', 2);
    const before = (await listParts({ ...to('again'), transferId })).map(({ partNumber, bytes }) => [
      partNumber,
      bytes,
    ]);
    expect(before.length).toBeGreaterThanOrEqual(2);
    const first: UploadProgress[] = [];
    const view = await uploadFile({ ...to('again'), ...inParts, source: path, onProgress: (each) => first.push(each) });
    expect([view.transferId, view.state]).toEqual([transferId, 'copied']);
    expect(first[0]?.bytesDone).toBeGreaterThanOrEqual(2 * PART);
    expect(await arrived('again')).toBe(sha256);
  });

  it('refuses by name, with what to do, before a byte moves', async () => {
    const refused = uploadFile({ ...to('x'), target: { endpoint: 'none', bucket: 'data', key: 'x' }, source: path });
    const error = await refused.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PartwayError);
    expect(error).toMatchObject({ name: 'InvalidRequest', remedy: 'refuse', next: expect.stringMatching(/\.$/) });
    const missing = uploadFile({ ...to('x'), source: join(folder, 'none') });
    await expect(missing).rejects.toMatchObject({ name: 'SourceMissing', remedy: 'refuse' });
    const odd = { ...to('x'), source: path, partSize: 5 } as Parameters<typeof uploadFile>[0];
    await expect(uploadFile(odd)).rejects.toMatchObject({ name: 'InvalidRequest', message: /partSize/ });
    const away = { ...to('x'), api: { url: 'http://127.0.0.1:1' }, source: path };
    await expect(uploadFile(away)).rejects.toMatchObject({ name: 'Unreachable', remedy: 'retry', reached: false });
    await expect(uploadFile({ ...to('x'), api: localApi(folder), source: path })).rejects.toMatchObject({
      name: 'NoStack',
    });
  });
});

describe('uploadStream', () => {
  const sources: [string, () => StreamSource][] = [
    ['a Readable', () => Readable.from([content.subarray(0, 7), content.subarray(7)])],
    ['a ReadableStream', () => new Blob([content]).stream()],
    [
      'what is iterated over',
      async function* () {
        yield content;
      },
    ],
  ];

  it.each(sources)('uploads %s, whose length nobody knows before its end', async (name, source) => {
    const totals = new Set<number | undefined>();
    const onProgress = ({ bytesTotal }: UploadProgress) => totals.add(bytesTotal);
    const view = await uploadStream({ ...to(name), ...inParts, source: source(), onProgress });
    expect([view.state, await arrived(name)]).toEqual(['copied', sha256]);
    expect([...totals]).toEqual([undefined, content.length]);
  });

  it('refuses a stream of texts', async () => {
    const texts = Readable.from(['a', 'b']) as AsyncIterable<never>;
    await expect(uploadStream({ ...to('texts'), source: texts })).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('One transfer', () => {
  it('is paused, shown and resumed by its id', async () => {
    const one = { api: localApi(stack.home), transferId: await interrupted('paused', 2) };
    expect((await pause(one)).state).toBe('paused');
    expect((await describeTransfer(one)).state).toBe('paused');
    const view = await resume({ ...one, source: path, partsAtOnce: 3 });
    expect([view.transferId, view.state, await arrived('paused')]).toEqual([one.transferId, 'copied', sha256]);
    expect((await resume({ ...one, source: path })).state).toBe('copied');
  });

  it('takes no other bytes, and none after it was aborted', async () => {
    const one = { api: localApi(stack.home), transferId: await interrupted('other', 2) };
    await expect(resume({ ...one, source: content.subarray(1) })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await abort(one);
    await expect.poll(async () => (await describeTransfer(one)).state).toBe('aborted');
    await expect(resume({ ...one, source: path })).rejects.toMatchObject({ name: 'Ended' });
  });

  it('is resumed with a stream too', async () => {
    const stop = new AbortController();
    const onProgress = ({ partsDone }: UploadProgress) => partsDone >= 2 && stop.abort();
    let transferId = '';
    const onStarted = (view: { transferId: string }) => (transferId = view.transferId);
    const stream = () => Readable.from([content.subarray(0, 7), content.subarray(7)]);
    const begun = { ...to('streamed'), ...inParts, source: stream(), onProgress, onStarted, signal: stop.signal };
    await expect(uploadStream(begun)).rejects.toMatchObject({ name: 'AbortError' });
    const one = { api: localApi(stack.home), transferId };
    await expect(resume({ ...one, source: path })).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect((await resume({ ...one, source: stream() })).state).toBe('copied');
    expect(await arrived('streamed')).toBe(sha256);
  });
});
