import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { compareKeys, cutPage } from '../../tools/store/protocol/paging.ts';
import { BUCKET, freshStore, put, refusal } from './running-store.ts';

const { s3 } = await freshStore();
// These are in the order of their UTF-8 bytes. JavaScript would sort the last two in the other order.
const keys = ['a/1', 'a/2', 'a/b/3', 'b', 'c d+e&f<g>', 'c/4', 'é', '\ufffd', '😀'];
for (const key of keys.toReversed()) await put(s3, key, key);

async function listAll(more: object): Promise<string[][]> {
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const asked = new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token, ...more });
    const page = await s3.send(asked);
    const names = [
      ...(page.Contents ?? []).map((row) => row.Key!),
      ...(page.CommonPrefixes ?? []).map((row) => row.Prefix!),
    ];
    expect(page.KeyCount).toBe(names.length);
    pages.push(names);
    token = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(token !== undefined);
  } while (token !== undefined);
  return pages;
}

describe('ListObjectsV2', () => {
  it('lists keys in the order of their bytes, page by page', async () => {
    for (const MaxKeys of [1, 2, 4, 1000]) expect((await listAll({ MaxKeys })).flat()).toEqual(keys);
    expect(await listAll({ MaxKeys: 4 })).toHaveLength(3);
  });

  it('groups keys by a delimiter, on every page', async () => {
    for (const MaxKeys of [1, 2, 1000]) {
      const names = (await listAll({ MaxKeys, Delimiter: '/' })).flat();
      expect(names.sort(compareKeys)).toEqual(['a/', 'b', 'c d+e&f<g>', 'c/', 'é', '\ufffd', '😀']);
    }
    expect(await listAll({ Prefix: 'a/', Delimiter: '/' })).toEqual([['a/1', 'a/2', 'a/b/']]);
  });

  it('begins after a given key', async () => {
    expect((await listAll({ StartAfter: 'c/4' })).flat()).toEqual(['é', '\ufffd', '😀']);
    expect(await listAll({ StartAfter: 'zzz', Prefix: 'a' })).toEqual([[]]);
  });

  it('begins with the first key if the token is empty', async () => {
    const [all, first] = await Promise.all([
      s3.send(new ListObjectsV2Command({ Bucket: BUCKET })),
      s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: '' })),
    ]);
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(all.Contents?.map(({ Key }) => Key));
  });

  it('lists nothing if zero keys are asked for, and refuses a token that it did not make', async () => {
    expect(await listAll({ MaxKeys: 0 })).toEqual([[]]);
    const wrong = new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: '!' });
    expect(await refusal(s3.send(wrong))).toBe('InvalidArgument 400');
  });

  it('encodes keys for clients that ask for it', async () => {
    const asked = { Bucket: BUCKET, Prefix: 'c', EncodingType: 'url' } as const;
    const { Contents, EncodingType } = await s3.send(new ListObjectsV2Command(asked));
    expect([EncodingType, ...Contents!.map((row) => row.Key)]).toEqual(['url', 'c%20d%2Be%26f%3Cg%3E', 'c/4']);
  });
});

it('ListObjects continues after its marker', async () => {
  const first = await s3.send(new ListObjectsCommand({ Bucket: BUCKET, MaxKeys: 2, Delimiter: '/' }));
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'b', CommonPrefixes: [{ Prefix: 'a/' }] });
  const next = new ListObjectsCommand({ Bucket: BUCKET, Marker: 'b', Delimiter: '/' });
  const second = await s3.send(next);
  expect(second.Contents!.map((row) => row.Key)).toEqual(['c d+e&f<g>', 'é', '\ufffd', '😀']);
});

it('a page that ends exactly with the last item has no next page', () => {
  const page = cutPage(['a', 'b'], (key) => key, { prefix: '', delimiter: '', after: '', countMax: 2 });
  expect(page).toEqual({ items: ['a', 'b'], prefixes: [] });
});
