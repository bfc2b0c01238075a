import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { type Bench, BUCKET, openBench } from './bench.ts';
import { tempers } from './tempers/all.ts';

/** A store that gives fewer rows than the request asks for, like a store with a lower limit. */
async function capped(name: string): Promise<Bench> {
  const bench = await openBench(tempers.find((temper) => temper.name === name)!);
  bench.proxy.trouble({ on: ['ListParts'], change: () => ({ query: { 'max-parts': '2' } }) });
  bench.proxy.trouble({ on: ['ListMultipartUploads'], change: () => ({ query: { 'max-uploads': '2' } }) });
  onTestFinished(() => bench.close());
  return bench;
}

const target = { endpoint: 'b', bucket: BUCKET, key: 'k' };
const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };

describe.each(['oss', 'obs', 'ks3', 'qingstor', 'aws', 'r2'])('A list at %s', (name) => {
  it('is read to its end, even if its pages are smaller than requested', async () => {
    const bench = await capped(name);
    const store = s3Target(bench.client(), bench.profile);
    const uploadId = await store.beginUpload(write);
    for (const partNumber of [1, 2, 3, 7, 1000]) {
      const body = Readable.from([Buffer.alloc(10)], { objectMode: false });
      await store.writePart({ target, uploadId, partNumber, bytes: 10 }, body, AbortSignal.timeout(30_000));
    }
    const parts = (await store.listParts(target, uploadId)) ?? [];
    expect(parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 7, 1000]);
    const pages = bench.proxy.asked('k', 'ListParts');
    expect(pages.map(({ query }) => [query['max-parts'], query['part-number-marker']])).toEqual([
      ['1000', '0'],
      ['1000', '2'],
      ['1000', '7'],
    ]);
    if (bench.profile.listsUploads !== true) return;
    for (const key of ['k', 'm', 'm']) await store.beginUpload({ ...write, target: { ...target, key } });
    const uploads = (await store.listUploads(BUCKET, '')) ?? [];
    expect(uploads.map(({ key }) => key)).toEqual(['k', 'k', 'm', 'm']);
    expect(new Set(uploads.map((upload) => upload.uploadId)).size).toBe(4);
  });
});
