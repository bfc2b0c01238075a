import { describe, expect, it } from 'vitest';
import { TransferError } from '../../functions/transfer/errors.ts';
import { oneStore, PART, transferOf } from './one-store.ts';
import { tiny } from './world.ts';

const refused = (name: 'InvalidRequest' | 'Refused', message: string) => async () => {
  throw new TransferError(name, message);
};

describe('A store that has both source and target', () => {
  it('copies the parts by itself, no byte passes through Partway, and the receipt says so', async () => {
    const { w, content, calls, copy } = oneStore();
    const end = await copy();
    expect(end.status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls).toEqual({ copied: [1, 2, 3, 4], streamed: [], reads: 0 });
    const { receipt, copyRefused } = await transferOf(w, end);
    expect(copyRefused).toBeUndefined();
    expect(receipt).toMatchObject({
      crc32: undefined,
      bytesSent: 0,
      bytesResent: 0,
      copiedInStore: { parts: 4, bytes: content.length, whyNot: undefined },
    });
    expect(receipt?.proofs).toContain('copied by the store itself: number, length and ETag of each part');
    expect(receipt?.proofs.join()).not.toMatch(/MD5|adopted|computed/);
  });

  it('copies a small object as one request, with the metadata that a stream would have', async () => {
    const { w, content, calls, copy } = oneStore();
    w.to.put('data', 'x', content, { headers: { contentType: 'video/mp4' }, metadata: { author: 'somebody' } });
    const end = await copy({ multipartThresholdBytes: 1024 * 1024, metadata: { project: 'p-1' } });
    expect(end.status).toBe('SUCCEEDED');
    expect([w.to.get('data', 'y'), calls.reads]).toEqual([content, 0]);
    const { receipt } = await transferOf(w, end);
    expect(receipt?.proofs).toEqual(
      expect.arrayContaining(['copied by the store itself: length and ETag', "ETag, the source's"]),
    );
    expect(await w.to.inspect({ endpoint: 'b', bucket: 'data', key: 'y' })).toMatchObject({
      headers: { contentType: 'video/mp4' },
      metadata: { author: 'somebody', project: 'p-1' },
    });
  });

  it.each([
    ['serverSideCopy "never"', { serverSideCopy: 'never' }, tiny],
    ['a profile without UploadPartCopy', {}, { ...tiny, copiesParts: false }],
    ['a store that cannot list parts', {}, { ...tiny, listsParts: false }],
    ['an object above the limit of CopyObject', { multipartThresholdBytes: 9999 }, { ...tiny, copyObjectBytesMax: 9 }],
    ['one request that must not overwrite', { multipartThresholdBytes: 9999, overwrite: 'never' }, tiny],
  ] as const)('streams with %s', async (_why, more, profile) => {
    const { w, content, calls, copy } = oneStore(profile);
    const end = await copy(more);
    expect(end.status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect([calls.copied, calls.reads > 0]).toEqual([[], true]);
    expect((await transferOf(w, end)).receipt?.copiedInStore).toBeUndefined();
  });

  it('is not asked to copy if it answers that it cannot list parts, since nobody could check the length', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching(() => ({ listParts: async () => undefined }));
    const end = await copy();
    expect([end.status, w.to.get('data', 'y')]).toEqual(['SUCCEEDED', content]);
    expect(calls).toEqual({ copied: [], streamed: [1, 2, 3, 4], reads: 4 });
    const { receipt } = await transferOf(w, end);
    expect(receipt?.copiedInStore).toMatchObject({ parts: 0, whyNot: expect.stringContaining('cannot list parts') });
    expect(receipt?.proofs.join()).not.toContain('as the store lists');
  });

  it('and stops listing parts after it copied them gets those parts again as streams', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching((store) => ({
      listParts: async (...of) => (calls.copied.length === 0 ? store.listParts(...of) : undefined),
    }));
    const end = await copy();
    expect([end.status, w.to.get('data', 'y')]).toEqual(['SUCCEEDED', content]);
    expect([calls.copied, calls.streamed]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect((await transferOf(w, end)).receipt).toMatchObject({
      crc32: expect.any(String),
      copiedInStore: { parts: 0 },
    });
  });

  it('is not asked again after it refused: all parts are streamed, and the receipt says why', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching(() => ({ copyPart: refused('InvalidRequest', '501 NotImplemented') }));
    const end = await copy();
    expect(end.status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls).toEqual({ copied: [1], streamed: [1, 2, 3, 4], reads: 4 });
    const { receipt } = await transferOf(w, end);
    expect(receipt?.copiedInStore).toEqual({ parts: 0, bytes: 0, whyNot: '501 NotImplemented' });
    expect(receipt).toMatchObject({ bytesSent: content.length, bytesResent: 0, crc32: expect.any(String) });
  });

  it('and refuses in the middle has copied and streamed parts, and the receipt counts each kind', async () => {
    const { w, content, watching, copy } = oneStore();
    watching((store) => ({
      copyPart: (part, ...from) =>
        part.partNumber < 3 ? store.copyPart(part, ...from) : refused('Refused', 'AccessDenied')(),
    }));
    const end = await copy();
    expect(w.to.get('data', 'y')).toEqual(content);
    const { receipt } = await transferOf(w, end);
    expect(receipt?.copiedInStore).toEqual({ parts: 2, bytes: 2 * PART, whyNot: 'AccessDenied' });
    expect(receipt?.bytesResent).toBe(0);
    expect(receipt?.proofs).toContain("each streamed part's MD5");
    expect(receipt?.proofs).toContain(
      'copied by the store itself (2 of 4 parts): number, length and ETag of each part',
    );
  });

  it('and refuses streams as well fails the transfer with Refused, and is asked to copy again after the repair', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching(() => ({ copyPart: refused('Refused', 'AccessDenied'), writePart: refused('Refused', 'AccessDenied') }));
    const end = await copy();
    expect(end).toMatchObject({ status: 'FAILED', error: 'Refused' });
    expect((await transferOf(w, end)).copyRefused).toBeUndefined();
    watching();
    w.machine.redrive(end.name);
    expect(await w.settled(end.name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls.copied).toEqual([1, 1, 2, 3, 4]);
  });

  it('is asked to copy again after a throttle', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    let throttles = 0;
    watching((store) => ({
      copyPart: async (...part) => {
        if (++throttles <= 2) throw new TransferError('Throttled', 'SlowDown');
        return store.copyPart(...part);
      },
    }));
    expect((await copy({ retry: { count: 2, intervalSeconds: 0 } })).status).toBe('SUCCEEDED');
    expect([w.to.get('data', 'y'), calls.streamed]).toEqual([content, []]);
  });

  it('and does not answer is asked again after a time that depends on the length of the part', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    const waits: number[] = [];
    const { sleep } = w.ports.clock;
    Object.assign(w.ports.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms < 120_000 || ms > 130_000 || waits.push(ms) > 1) return sleep(ms, signal);
      },
    });
    watching((store) => ({
      copyPart: (...part) => {
        const [, , , signal] = part;
        if (calls.copied.length > 1) return store.copyPart(...part);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('hung up'))));
      },
    }));
    const end = await copy({ retry: { count: 1, intervalSeconds: 0 } });
    expect(end.status).toBe('SUCCEEDED');
    expect([w.to.get('data', 'y'), calls.copied]).toEqual([content, [1, 1, 2, 3, 4]]);
    expect((await transferOf(w, end)).receipt?.retries).toBe(1);
  });

  it('and fails to copy any part in a round gets streamed parts in the next', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching(() => ({
      copyPart: async () => {
        throw new TransferError('Unreachable', '500');
      },
    }));
    const end = await copy();
    expect(end.status).toBe('SUCCEEDED');
    expect([w.to.get('data', 'y'), calls.streamed]).toEqual([content, [1, 2, 3, 4]]);
    expect((await transferOf(w, end)).receipt?.copiedInStore?.whyNot).toBe('the store copied no part in one round');
  });

  it('continues after a Lambda was killed in the middle, and copies no recorded part twice', async () => {
    const { w, content, calls, watching, copy } = oneStore();
    watching((store) => ({
      copyPart: async (part, ...from) => {
        if (part.partNumber === 3) throw Object.assign(new Error('killed'), { name: 'Runtime.ExitError' });
        return store.copyPart(part, ...from);
      },
    }));
    const killed = await copy();
    expect([killed.status, calls.copied]).toEqual(['FAILED', [1, 2, 3]]);
    watching();
    w.machine.redrive(killed.name);
    expect(await w.settled(killed.name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(calls.copied).toEqual([1, 2, 3, 3, 4]);
    expect((await transferOf(w, killed)).receipt).toMatchObject({ bytesSent: 0, bytesResent: 0 });
  });
});
