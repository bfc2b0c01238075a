import { describe, expect, it } from 'vitest';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { ObjectFacts } from '../../functions/transfer/transfer.ts';
import { viewOf } from '../../functions/transfer/views/view.ts';
import { requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const content = Buffer.alloc(3000, 7);
const rich: Partial<ObjectFacts> = {
  headers: { contentType: 'video/mp4' },
  metadata: { author: 'somebody' },
  tags: { project: 'x' },
  tagCount: 1,
  storageClass: 'GLACIER_IR',
  encryption: 'AES256',
};
const ways = [
  ['in parts', {}],
  ['as one request', { multipartThresholdBytes: 1024 * 1024 }],
] as const;

/** Runs the transfer to its end. The receipt is the one that API and CLI show. */
async function copied(w: World, more: Partial<TransferRequestInput>) {
  const { status, arn, cause } = await w.run(requestFor(more));
  expect(cause).toBeUndefined();
  expect(status).toBe('SUCCEEDED');
  expect(w.to.get('data', 'y')).toEqual(content);
  const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
  return { written: w.to.written('data', 'y'), receipt: viewOf(transfer!, []).receipt! };
}

describe.each(ways)('An object that is copied %s', (_way, way) => {
  it('arrives with its attributes, and the receipt names those that did not arrive', async () => {
    const w = world();
    w.from.put('data', 'x', content, rich);
    const { written, receipt } = await copied(w, way);
    expect(written).toMatchObject({
      headers: rich.headers,
      metadata: rich.metadata,
      tags: rich.tags,
      storageClass: 'GLACIER_IR',
    });
    expect(receipt.notCarried?.[0]).toEqual({ what: 'ACL', why: expect.stringContaining('grants') });
  });

  it.each(['AES256', 'aws:kms', undefined])("is encrypted as the target's bucket is configured: %s", async (theirs) => {
    const w = world();
    w.from.put('data', 'x', content, rich);
    w.faults.target = (store) => ({
      ...store,
      inspect: async (address) => {
        const facts = await store.inspect(address);
        return facts && { ...facts, encryption: theirs };
      },
    });
    const { written, receipt } = await copied(w, way);
    expect(written?.encryption).toBeUndefined();
    const left =
      theirs === undefined ? [{ what: 'encryption AES256', why: expect.stringContaining('shows no encryption') }] : [];
    expect(receipt.notCarried?.slice(1)).toEqual(left);
  });

  it('loses the attributes that the target does not take, and both plan and receipt say so', async () => {
    const w = world({ ...tiny, storageClasses: 'none', takesTags: false, takesEncryption: [] });
    w.from.put('data', 'x', content, rich);
    const planned = await explainTransfer(w.ports)(requestFor(way));
    const { written, receipt } = await copied(w, way);
    expect([written?.tags, written?.storageClass, written?.encryption]).toEqual([undefined, undefined, undefined]);
    const names = ['tags project', 'ACL', 'storage class GLACIER_IR', 'encryption AES256'];
    expect(receipt.notCarried?.map(({ what }) => what)).toEqual(names);
    expect(planned.notCarried).toEqual(receipt.notCarried);
  });

  it('leaves behind what stores read in different ways, names it, and still knows its own object', async () => {
    const w = world();
    const etag = `ä${'x'.repeat(3000)}`;
    const facts = { headers: { contentType: `text/${'y'.repeat(3000)}` }, metadata: { tab: 'a\tb', plain: 'c' }, etag };
    w.from.put('data', 'x', content, facts);
    const { written, receipt } = await copied(w, way);
    expect(written).toMatchObject({ headers: {}, metadata: { plain: 'c' } });
    expect(written?.metadata['partway-source-etag']).toMatch(/^[0-9a-f]{32}$/);
    expect(receipt.notCarried?.map(({ what }) => what)).toEqual(['contentType', 'metadata tab', 'ACL']);
    await w.run(requestFor({ ...way, overwrite: 'if-different' }), 'again');
    expect(w.announced.at(-1)?.detail).toMatchObject({ state: 'copied', plan: undefined, receipt: undefined });
  });

  it('is refused where the target fails on characters that XML cannot write', async () => {
    const swift = { ...tiny, title: 'Swift', takesKeysBeyondXml: false } as const;
    const w = world(swift);
    w.from.put('data', 'x', content, rich);
    const target = { endpoint: 'b', bucket: 'data', key: 'a\u0001b' };
    const { error, cause } = await w.run(requestFor({ ...way, target }));
    expect([error, cause]).toEqual(['InvalidRequest', expect.stringContaining('U+0001')]);
    expect(w.to.openUploads()).toEqual([]);
  });

  it('has a header on the receipt that the target silently dropped', async () => {
    const w = world();
    w.from.put('data', 'x', content, { headers: { cacheControl: 'no-store' } });
    w.faults.target = (store) => ({
      ...store,
      inspect: async (address) => {
        const facts = await store.inspect(address);
        return facts && { ...facts, headers: {} };
      },
    });
    const { receipt } = await copied(w, { ...way, acl: 'private' });
    expect(receipt.notCarried).toEqual([{ what: 'cacheControl', why: expect.stringContaining('does not show it') }]);
  });

  it('gets the attributes that the request asks for, and its ETag under a key service is no proof', async () => {
    const w = world();
    w.from.put('data', 'x', content, rich);
    const asked = {
      tags: { team: 'ops' },
      acl: 'bucket-owner-full-control',
      encryption: { type: 'aws:kms', keyId: 'k' },
    } as const;
    const { written, receipt } = await copied(w, { ...way, ...asked });
    expect(written).toMatchObject({ ...asked, tags: { team: 'ops', project: 'x' } });
    expect(receipt.notCarried).toEqual([]);
    expect(receipt.proofs).toContain("each part's length");
    expect(receipt.proofs.join()).not.toMatch(/MD5|ETag/);
  });

  it('is not called Damaged if the store encrypts it with a key service and does not say so', async () => {
    const w = world();
    w.from.put('data', 'x', content);
    w.faults.target = (store) => ({
      ...store,
      putObject: async (...args) => ({ ...(await store.putObject(...args)), etagIsMd5: true }),
      writePart: async (...args) => ({ ...(await store.writePart(...args)), etagIsMd5: true }),
    });
    const { receipt } = await copied(w, { ...way, encryption: { type: 'aws:kms' } });
    expect(receipt.proofs.join()).not.toMatch(/MD5|ETag/);
  });
});

describe('A request for an attribute that the target does not take', () => {
  it('is refused with the name of the field, by plan and transfer alike, and nothing is begun', async () => {
    const w = world({ ...tiny, takesTags: false });
    w.from.put('data', 'x', content);
    const request = requestFor({ tags: { a: '1' } });
    await expect(explainTransfer(w.ports)(request)).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await w.run(request)).toMatchObject({ error: 'InvalidRequest', cause: expect.stringContaining('`tags`:') });
    expect([w.to.openUploads(), w.to.get('data', 'y')]).toEqual([[], undefined]);
  });
});

describe('An archive class together with reading back', () => {
  const archived = { storageClass: 'GLACIER', verify: 'read-back' } as const;

  it('is refused by plan and transfer alike before a byte moves, if the request asks for both', async () => {
    const w = world();
    w.from.put('data', 'x', content);
    const { error, cause } = await w.run(requestFor(archived));
    expect([error, w.to.openUploads(), w.to.get('data', 'y')]).toEqual(['InvalidRequest', [], undefined]);
    await expect(explainTransfer(w.ports)(requestFor(archived))).rejects.toMatchObject({
      message: JSON.parse(cause ?? '{}').errorMessage,
    });
  });

  it.each(ways)("is not copied %s if it is the source's, and both plan and receipt say so", async (_way, way) => {
    const w = world();
    w.from.put('data', 'x', content, { storageClass: 'GLACIER' });
    const planned = await explainTransfer(w.ports)(requestFor({ ...way, verify: 'read-back' }));
    const { written, receipt } = await copied(w, { ...way, verify: 'read-back' });
    expect(written?.storageClass).toBeUndefined();
    expect(receipt.notCarried?.map(({ what }) => what)).toContain('storage class GLACIER');
    expect(planned.notCarried).toEqual(receipt.notCarried);
    expect(receipt.proofs).toContain('each part read back, CRC32');
  });
});

describe('Tags that change between two looks', () => {
  it('do not make another generation of the source', async () => {
    const w = world();
    w.from.put('data', 'x', content, rich);
    let looks = 0;
    w.faults.source = (store) => ({
      ...store,
      inspect: async () => ({ ...(await store.inspect())!, tags: { look: `${++looks}` } }),
    });
    let isLost = false;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (!isLost) await store.abortUpload(part.target, part.uploadId);
        isLost = true;
        return store.writePart(part, body, signal);
      },
    });
    const { written } = await copied(w, { partsAtOnce: 1 });
    expect([looks, written?.tags]).toEqual([2, { look: '1' }]);
  });
});
