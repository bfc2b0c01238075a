import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { OpenUpload, OpenUploads, UploadMarkers } from '../../../functions/transfer/at-stores.ts';
import { type Connect, type StoreUnderTest, uploaded, writeOf } from './under-test.ts';

export function listsPartsAndUploads(connect: Connect): void {
  it('lists the parts by number, size and ETag, or answers that it cannot', async () => {
    const under = await connect();
    const { target } = writeOf(under.bucket, 'listed');
    const contents = Array.from({ length: 5 }, (_, index) => randomBytes(100 + index));
    const { uploadId, parts } = await uploaded(under, 'listed', contents);
    for (let times = 0; times < 2; times += 1)
      expect(await under.store.listParts(target, uploadId)).toEqual(under.lists ? parts : undefined);
    await under.store.abortUpload(target, uploadId);
  });

  it('lists the uploads under way below a prefix, with the time when they were begun', async () => {
    const under = await connect();
    if (under.store.profile.listsUploads !== true) return;
    if (!under.lists) {
      expect(await under.store.listUploads(under.bucket, '')).toBeUndefined();
      return expect(await under.store.uploadsPage(under.bucket, '', {})).toBeUndefined();
    }
    const keys = ['under way/1', 'under way/2', 'under way/3', 'under way/3', 'under way/4', 'elsewhere'];
    const begun = await beginAt(under, keys);
    const listed = (await under.store.listUploads(under.bucket, 'under way/')) ?? [];
    expect(namesOf(listed).toSorted()).toEqual(begun.slice(0, 5).toSorted());
    for (const { initiatedAtMs } of listed) expect(Math.abs(Date.now() - initiatedAtMs)).toBeLessThan(3600_000);
    expect((await pagesOf(under, 'under way/')).flat()).toEqual(listed);
    for (const [key, uploadId] of begun) await under.store.abortUpload(writeOf(under.bucket, key).target, uploadId);
    expect(await under.store.listUploads(under.bucket, 'under way/')).toEqual([]);
  });

  it('gives all pages of uploads, also if those of the pages before have ended meanwhile', async () => {
    const under = await connect();
    if (under.store.profile.listsUploads !== true || !under.lists) return;
    const begun = await beginAt(under, ['ending/1', 'ending/1', 'ending/2', 'ending/3', 'ending/3']);
    const abort = ({ key, uploadId }: OpenUpload) =>
      under.store.abortUpload(writeOf(under.bucket, key).target, uploadId);
    const pages = await pagesOf(under, 'ending/', (page) => Promise.all(page.map(abort)));
    expect(namesOf(pages.flat()).toSorted()).toEqual(begun.toSorted());
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThan(3);
  });
}

/** Begins an upload at each key. */
async function beginAt({ store, bucket }: StoreUnderTest, keys: readonly string[]): Promise<[string, string][]> {
  return Promise.all(
    keys.map(async (key): Promise<[string, string]> => [key, await store.beginUpload(writeOf(bucket, key))]),
  );
}

function namesOf(uploads: readonly OpenUpload[]): [string, string][] {
  return uploads.map(({ key, uploadId }) => [key, uploadId]);
}

/** Page by page; `between` is told each page before the next one is asked for. */
async function pagesOf(
  { store, bucket }: StoreUnderTest,
  prefix: string,
  between: (page: readonly OpenUpload[]) => Promise<unknown> = async () => {},
): Promise<(readonly OpenUpload[])[]> {
  const pages: (readonly OpenUpload[])[] = [];
  for (let from: UploadMarkers | undefined = {}; from; ) {
    const page: OpenUploads = (await store.uploadsPage(bucket, prefix, from))!;
    pages.push(page.uploads);
    await between(page.uploads);
    from = page.next;
  }
  return pages;
}
