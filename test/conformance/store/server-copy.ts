import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { CopySource, ObjectWrite } from '../../../functions/transfer/at-stores.ts';
import type { ObjectFacts } from '../../../functions/transfer/transfer.ts';
import { MiB } from '../../../functions/transfer/values/sizes.ts';
import type { StoreUnderTest } from './under-test.ts';

const signal = new AbortController().signal;
const PART_BYTES = 5 * MiB;
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

const writeAt = ({ bucket }: StoreUnderTest, key: string): ObjectWrite => ({
  target: { endpoint: 'e', bucket, key },
  headers: { contentType: 'application/x-copy' },
  metadata: { 'partway-transfer': 'copied' },
  storageClass: undefined,
  onlyIfAbsent: false,
});

async function putAt(under: StoreUnderTest, key: string, bytes: Buffer): Promise<CopySource> {
  const write = { ...writeAt(under, key), headers: { contentLanguage: 'de' }, metadata: { colour: 'blue' } };
  const { etag } = await under.store.putObject(
    write,
    Readable.from([bytes], { objectMode: false }),
    bytes.length,
    signal,
  );
  return { bucket: under.bucket, key, etag };
}

async function readAll(under: StoreUnderTest, key: string): Promise<{ bytes: Buffer; facts: ObjectFacts }> {
  const source = under.source(key);
  const facts = (await source.inspect())!;
  return { bytes: await buffer(await source.read({ first: 0, last: facts.bytes - 1 }, facts, signal)), facts };
}

/** What a store must do that copies by itself, as far as its profile says so. */
export function conformsAsCopier(name: string, connect: () => Promise<StoreUnderTest>): void {
  describe(`${name}, as a store that copies by itself`, () => {
    copiesParts(connect);
    copiesObjects(connect);
  });
}

function copiesParts(connect: () => Promise<StoreUnderTest>): void {
  const begun = async (key: string) => {
    const under = await connect();
    if (!under.store.profile.copiesParts) return undefined;
    const { target } = writeAt(under, key);
    const uploadId = await under.store.beginUpload(writeAt(under, key));
    const part = (partNumber: number, bytes: number) => ({ target, uploadId, partNumber, bytes });
    return { under, target, uploadId, part };
  };

  it('makes parts of ranges of an object, and an object of them that reads as the source', async () => {
    const open = await begun('copied in parts');
    if (!open) return;
    const { under, target, uploadId, part } = open;
    const bytes = randomBytes(PART_BYTES + 1000);
    const source = await putAt(under, 'source of parts', bytes);
    const ranges = [
      { first: 0, last: PART_BYTES - 1 },
      { first: PART_BYTES, last: PART_BYTES + 999 },
    ];
    for (const [index, range] of ranges.entries()) {
      const piece = bytes.subarray(range.first, range.last + 1);
      const answer = await under.store.copyPart(part(index + 1, piece.length), source, range, signal);
      expect(answer).toEqual({ etag: md5(piece), etagIsMd5: true });
    }
    const listed = (await under.store.listParts(target, uploadId)) ?? [];
    expect(listed.map((each) => each.bytes)).toEqual([PART_BYTES, 1000]);
    await under.store.completeUpload(writeAt(under, target.key), uploadId, listed);
    const copied = await readAll(under, target.key);
    expect(copied.bytes.equals(bytes)).toBe(true);
    expect(copied.facts).toMatchObject({ metadata: { 'partway-transfer': 'copied' } });
  });

  it.each(['with space', 'a+b', 'é漢', `it's "quoted"`, 'a?b&c=d', 'slashes//twice/', 'literal%20percent', '~!*()'])(
    'makes a part of the whole object under the key %j',
    async (key) => {
      const open = await begun('copied whole');
      if (!open) return;
      const { under, target, uploadId, part } = open;
      const bytes = randomBytes(100);
      const source = await putAt(under, key, bytes);
      expect((await under.store.copyPart(part(1, 100), source, undefined, signal)).etag).toBe(md5(bytes));
      await under.store.abortUpload(target, uploadId);
    },
  );

  it('is said to copy parts exactly when it holds them to the pinned generation', async () => {
    const under = await connect();
    const write = writeAt(under, 'copied of another');
    const stale = await putAt(under, 'changing', randomBytes(100));
    await putAt(under, 'changing', randomBytes(100));
    const uploadId = await under.store.beginUpload(write);
    const part = { target: write.target, uploadId, partNumber: 1, bytes: 100 };
    const copied = under.store.copyPart(part, stale, undefined, signal);
    // Ceph does not look at the condition; R2's simulator does not know it.
    const answers = under.store.profile.copiesParts ? ['SourceChanged'] : ['copied', 'InvalidRequest'];
    expect(answers).toContain(await nameOf(copied));
    await under.store.copyPart(part, { ...stale, etag: undefined }, undefined, signal);
    if (under.lists) expect(await under.store.listParts(write.target, uploadId)).toHaveLength(1);
    await under.store.abortUpload(write.target, uploadId);
  });

  it('copies a pinned object that was made of parts, or says 412 and takes it unpinned (Swift)', async () => {
    const open = await begun('copied of parts');
    if (!open) return;
    const { under, target, uploadId, part } = open;
    const write = writeAt(under, 'made of parts');
    const own = await under.store.beginUpload(write);
    const bytes = randomBytes(100);
    const body = Readable.from([bytes], { objectMode: false });
    const made = { target: write.target, uploadId: own, partNumber: 1, bytes: 100 };
    const { etag } = await under.store.writePart(made, body, signal);
    await under.store.completeUpload(write, own, [{ partNumber: 1, bytes: 100, etag }]);
    const pin = (await under.source('made of parts').inspect())?.etag;
    const source = { bucket: under.bucket, key: 'made of parts', etag: pin };
    const isUnknown = under.store.profile.name === 'swift';
    const copied = under.store.copyPart(part(1, 100), source, undefined, signal);
    expect(await nameOf(copied)).toBe(isUnknown ? 'SourceChanged' : 'copied');
    await under.store.copyPart(part(1, 100), { ...source, etag: undefined }, undefined, signal);
    expect(await under.store.listParts(target, uploadId)).toEqual([{ partNumber: 1, bytes: 100, etag: md5(bytes) }]);
    await under.store.abortUpload(target, uploadId);
  });

  it('says UploadLost for a part of an upload that it no longer knows', async () => {
    const open = await begun('copied too late');
    if (!open) return;
    const { under, target, uploadId, part } = open;
    const source = await putAt(under, 'there', randomBytes(100));
    await under.store.abortUpload(target, uploadId);
    await expect(under.store.copyPart(part(1, 100), source, undefined, signal)).rejects.toMatchObject({
      name: 'UploadLost',
    });
  });
}

function copiesObjects(connect: () => Promise<StoreUnderTest>): void {
  it.each(['plain', 'with space+plus', 'é漢?&=', 'literal%20percent'])(
    'copies the object under the key %j, with the headers and metadata that it is told, and no others',
    async (key) => {
      const under = await connect();
      if (under.store.profile.copyObjectBytesMax === 0) return;
      const bytes = randomBytes(1000);
      const source = await putAt(under, key, bytes);
      const answer = await under.store.copyObject(writeAt(under, `${key} copied`), source, signal);
      expect(answer).toEqual({ etag: md5(bytes), etagIsMd5: true });
      const copied = await readAll(under, `${key} copied`);
      expect(copied.bytes).toEqual(bytes);
      expect(copied.facts.metadata).toEqual({ 'partway-transfer': 'copied' });
      expect(copied.facts.headers.contentType).toBe('application/x-copy');
      expect(copied.facts.headers.contentLanguage).toBeUndefined();
    },
  );

  it('is said to copy objects exactly when it holds them to the pinned generation', async () => {
    const under = await connect();
    const stale = await putAt(under, 'changing object', randomBytes(100));
    await putAt(under, 'changing object', randomBytes(100));
    const before = randomBytes(50);
    await putAt(under, 'canary of a copy', before);
    const isSaid = under.store.profile.copyObjectBytesMax > 0;
    const copied = under.store.copyObject(writeAt(under, 'canary of a copy'), stale, signal);
    expect(await nameOf(copied)).toBe(isSaid ? 'SourceChanged' : 'copied');
    expect((await readAll(under, 'canary of a copy')).bytes.equals(before)).toBe(isSaid);
  });
}

/** Of the error, or that there was none. */
const nameOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'copied',
    (error: Error) => error.name,
  );
