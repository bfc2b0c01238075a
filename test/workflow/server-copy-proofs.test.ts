import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { oneStore, PART, putSource, transferOf } from './one-store.ts';

describe('A source that changes while the store copies it', () => {
  it('is noticed by the condition of the copy, and a streamed part confirms it', async () => {
    const { w, watching, copy } = oneStore();
    w.to.put('data', 'y', Buffer.from('old'));
    watching((store) => ({
      copyPart: (part, ...from) => {
        if (part.partNumber === 3) putSource(w, 3 * PART + 5);
        return store.copyPart(part, ...from);
      },
    }));
    expect(await copy()).toMatchObject({ status: 'FAILED', error: 'SourceChanged' });
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('old'));
    expect(w.to.openUploads()).toEqual([]);
  });

  it('is noticed before Complete if the store ignores the condition', async () => {
    const { w, watching, copy } = oneStore();
    w.to.put('data', 'y', Buffer.from('old'));
    watching((store) => ({
      copyPart: (part, source, ...rest) => {
        if (part.partNumber === 3) putSource(w, 3 * PART + 5);
        return store.copyPart(part, { ...source, etag: undefined }, ...rest);
      },
    }));
    expect(await copy()).toMatchObject({ status: 'FAILED', error: 'SourceChanged' });
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('old'));
  });

  it('is copied from its beginning if the request asks for a restart, in both cases', async () => {
    for (const looks of [true, false]) {
      const { w, watching, copy } = oneStore();
      let changed: Buffer | undefined;
      watching((store) => ({
        copyPart: (part, source, ...rest) => {
          if (part.partNumber === 3) changed ??= putSource(w, 3 * PART + 5);
          return store.copyPart(part, looks ? source : { ...source, etag: undefined }, ...rest);
        },
      }));
      expect(await copy({ onSourceChange: 'restart' })).toMatchObject({ status: 'SUCCEEDED' });
      expect(w.to.get('data', 'y')).toEqual(changed);
    }
  });

  it('does not matter after its last part was copied and listed', async () => {
    const { w, content, watching, copy } = oneStore();
    watching((store) => ({
      completeUpload: (...upload) => {
        putSource(w, 5);
        return store.completeUpload(...upload);
      },
    }));
    expect(await copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('A store that copies the wrong bytes', () => {
  it('is noticed by the length that it lists, and the parts are streamed', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching((store) => ({
      // It ignores the range, copies the whole object and answers 200.
      copyPart: (part, source, _range, signal) => store.copyPart(part, source, undefined, signal),
    }));
    const end = await copy();
    expect(end.status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls.streamed).toEqual([1, 2, 3, 4]);
  });

  it('is not asked to copy again after a redrive, even if patience ended before the stream', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching((store) => ({
      copyPart: (part, source, _range, signal) => store.copyPart(part, source, undefined, signal),
    }));
    const end = await copy({ patienceSeconds: 0 });
    expect(end).toMatchObject({ status: 'FAILED', error: 'Stalled' });
    w.machine.redrive(end.name);
    expect(await w.settled(end.name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect([calls.copied, calls.streamed]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect((await transferOf(w, end)).receipt?.copiedInStore?.whyNot).toMatch(
      /copied part 1 with 3077 bytes instead of 1024/,
    );
  });

  it('is noticed by the checksums that it publishes for both objects', async () => {
    const { w, content, copy } = oneStore();
    w.to.put('data', 'x', content, { crc32: 1 });
    const { inspect } = w.to;
    Object.assign(w.to, {
      inspect: async (...at: Parameters<typeof inspect>) => {
        const facts = await inspect(...at);
        return at[0].key === 'y' && facts ? { ...facts, crc32: 2 } : facts;
      },
    });
    expect(await copy()).toMatchObject({ status: 'FAILED', error: 'Damaged' });
  });
});

describe('An upload that another program began at the store of the source', () => {
  it('is finished with streamed parts, and the receipt calls its own parts adopted, not copied', async () => {
    const { w, content, calls, copy } = oneStore();
    const target = { endpoint: 'b', bucket: 'data', key: 'y' };
    const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
    const uploadId = await w.to.beginUpload(write);
    const first = Readable.from([content.subarray(0, PART)], { objectMode: false });
    await w.to.writePart({ target, uploadId, partNumber: 1, bytes: PART }, first, new AbortController().signal);
    const end = await copy({ resumeFrom: { uploadId, partBytes: PART } });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls).toMatchObject({ copied: [], streamed: [2, 3, 4] });
    const { receipt } = await transferOf(w, end);
    expect(receipt?.proofs.join()).toContain('1 adopted part:');
    expect(receipt?.copiedInStore).toBeUndefined();
  });
});
