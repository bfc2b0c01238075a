import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Connect, halfABody, PART_BYTES, put, read, readAll, uploaded, writeOf } from './under-test.ts';

const keys = ['plain', 'with space', 'a+b', 'é漢', `it's "quoted"`, 'a?b&c=d', 'slashes//twice/', '~tilde!*()'];

export function keepsObjects(connect: Connect): void {
  it.each(keys)('keeps a small object under the key %j', async (key) => {
    const under = await connect();
    const bytes = randomBytes(1000);
    const answer = await put(under, key, bytes);
    expect(answer).toEqual({ etag: createHash('md5').update(bytes).digest('hex'), etagIsMd5: true });
    const facts = await under.source(key).inspect();
    expect(facts).toMatchObject({ bytes: 1000, metadata: { 'partway-transfer': 'abc', colour: 'blue' } });
    expect(facts?.headers).toMatchObject({ contentType: 'application/x-genome', cacheControl: 'max-age=60' });
    expect(await read(under.source(key), { first: 0, last: 999 }, facts!)).toEqual(bytes);
  });

  it('keeps an empty object', async () => {
    const under = await connect();
    await put(under, 'empty', Buffer.alloc(0));
    const facts = await under.source('empty').inspect();
    expect(facts?.bytes).toBe(0);
    expect(await read(under.source('empty'), { first: 0, last: -1 }, facts!)).toHaveLength(0);
  });

  it('shows with each look the object that is there now, the same to the target and to the source', async () => {
    const under = await connect();
    const { target } = writeOf(under.bucket, `looked at ${Date.now()}`);
    expect(await under.store.inspect(target)).toBeUndefined();
    for (const bytes of [randomBytes(10), randomBytes(20)]) {
      const { etag } = await put(under, target.key, bytes);
      expect(await under.store.inspect(target)).toMatchObject({ bytes: bytes.length, etag });
      expect(await under.source(target.key).inspect()).toMatchObject({ bytes: bytes.length, etag });
    }
    expect(await under.store.inspect(target)).toEqual(await under.store.inspect(target));
  });

  it('has the same object after the same bytes were put twice', async () => {
    const under = await connect();
    const bytes = randomBytes(100);
    expect(await put(under, 'put twice', bytes)).toEqual(await put(under, 'put twice', bytes));
    expect(await readAll(under, 'put twice')).toEqual(bytes);
  });

  it('leaves the object that was there alone if the bytes of a new one do not all come', async () => {
    const under = await connect();
    const before = randomBytes(50);
    await put(under, 'half put', before);
    const stop = new AbortController();
    const write = writeOf(under.bucket, 'half put');
    await expect(under.store.putObject(write, halfABody(stop), PART_BYTES, stop.signal)).rejects.toThrow();
    expect(await readAll(under, 'half put')).toEqual(before);
  });

  it('tells a missing object, which is a fact, from a missing bucket, which is a failure', async () => {
    const { store, bucket } = await connect();
    const nowhere = writeOf('no-such-bucket-here', 'x');
    expect(await store.inspect({ endpoint: 'e', bucket, key: 'nowhere' })).toBeUndefined();
    await expect(store.inspect(nowhere.target)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(store.beginUpload(nowhere)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('guards an object that is there, as far as its profile promises', async () => {
    const under = await connect();
    if (under.store.profile.overwriteGuard === 'none') return;
    const before = randomBytes(10);
    await put(under, 'guarded', before);
    for (let times = 0; times < 2; times += 1)
      await expect(put(under, 'guarded', randomBytes(10), { onlyIfAbsent: true })).rejects.toMatchObject({
        name: 'TargetExists',
      });
    const { uploadId, parts } = await uploaded(under, 'guarded', [randomBytes(10)]);
    const write = writeOf(under.bucket, 'guarded', { onlyIfAbsent: true });
    await expect(under.store.completeUpload(write, uploadId, parts)).rejects.toMatchObject({ name: 'TargetExists' });
    expect(await readAll(under, 'guarded')).toEqual(before);
  });
}

export function readsObjects(connect: Connect): void {
  it('reads one range, and no byte more, as often as it is asked', async () => {
    const under = await connect();
    const bytes = randomBytes(5000);
    await put(under, 'range', bytes);
    const source = under.source('range');
    const facts = await source.inspect();
    for (let times = 0; times < 2; times += 1)
      expect(await read(source, { first: 1000, last: 1999 }, facts!)).toEqual(bytes.subarray(1000, 2000));
  });

  it('says SourceChanged for another generation than the pinned one', async () => {
    const under = await connect();
    await put(under, 'pinned', randomBytes(100));
    const facts = await under.source('pinned').inspect();
    await put(under, 'pinned', randomBytes(100));
    await expect(read(under.source('pinned'), { first: 0, last: 99 }, facts!)).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  it('says SourceChanged for a range that the object no longer has', async () => {
    const under = await connect();
    await put(under, 'shrunk', randomBytes(10));
    const facts = await under.source('shrunk').inspect();
    const range = { first: 20, last: 29 };
    await expect(read(under.source('shrunk'), range, { ...facts!, bytes: 30 })).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  it('says SourceChanged for an object that is gone', async () => {
    const under = await connect();
    await put(under, 'there', randomBytes(10));
    const facts = await under.source('there').inspect();
    expect(await under.source('nowhere').inspect()).toBeUndefined();
    await expect(read(under.source('nowhere'), { first: 0, last: 9 }, facts!)).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });
}
