import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { servingInTest } from '../serving.ts';
import { requestFor } from './request.ts';
import { world } from './world.ts';

const PART = 1024;
const content = randomBytes(5 * PART);
const other = randomBytes(5 * PART);

/** A copy from a signed URL that is good for four requests. Its first execution has failed in the middle. */
async function expired({ tag = (bytes: Buffer): Record<string, string> => ({ etag: `"${md5(bytes)}"` }) } = {}) {
  let left = 4;
  const { url } = await servingInTest((request, response) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    if (query.get('signed') === 'first' && left-- <= 0) return void response.writeHead(403).end();
    const bytes = query.get('id') === '2' ? other : content;
    const [first = 0, last = 0] = request.headers.range?.match(/\d+/g)?.map(Number) ?? [];
    response.writeHead(206, { ...tag(bytes), 'content-range': `bytes ${first}-${last}/${bytes.length}` });
    response.end(bytes.subarray(first, last + 1));
  });
  const w = world();
  Object.assign(w.ports, {
    source: async ({ request: { source, verifySource } }: Pick<Transfer, 'request'>) => {
      if (!('url' in source)) throw new Error('Sources are URLs here.');
      const inside = { allowHttp: true, allowPrivateAddresses: true };
      return urlSource(source.url, inside, { verify: verifySource });
    },
  });
  const request = (query: string, more: object = {}) =>
    requestFor({ source: { url: `${url}/x?${query}` }, partBytes: PART, partsAtOnce: 1, ...more });
  const retry = { count: 0, intervalSeconds: 0 };
  const body = request('signed=first', { retry });
  const { transfer } = await startTransfer(w.ports)({ body, idempotencyKey: 'k' });
  const { transferId } = transfer;
  expect((await w.settled(`${transferId}-1`)).error).toBe('Refused');
  const parts = async () => (await w.ports.checkpoints.read(transferId))?.tally.partsCopied;
  return { w, url, transferId, parts, request: (query: string, more = {}) => request(query, { retry, ...more }) };
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

describe('A signed URL that runs out in the middle of a copy', () => {
  it('is replaced by a resume, and only the missing parts are copied', async () => {
    const { w, url, transferId } = await expired();
    await resumeTransfer(w.ports)(transferId, { source: { url: `${url}/x?signed=second` } });
    const { status } = await w.settled(`${transferId}-1`);
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    const now = await w.ports.checkpoints.read(transferId);
    expect([now?.uploadsBegun, now?.receipt?.bytesResent]).toEqual([1, 0]);
  });

  it('is replaced by the same request with another signature, with and without its key', async () => {
    for (const key of [{ idempotencyKey: 'k' }, { requestId: 'another' }]) {
      const { w, transferId, request } = await expired();
      const again = await startTransfer(w.ports)({ body: request('signed=second', { partsAtOnce: 2 }), ...key });
      expect([again.transfer.transferId, again.isNew]).toEqual([transferId, false]);
      expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
      expect((await w.ports.checkpoints.read(transferId))?.request.partsAtOnce).toBe(2);
    }
  });

  it('is not replaced by the URL of another file, and the parts stay', async () => {
    const { w, url, transferId, request, parts } = await expired();
    const before = await parts();
    const refused = { name: 'InvalidRequest', message: expect.stringContaining('`source`') };
    await expect(resumeTransfer(w.ports)(transferId, { source: { url: `${url}/x?id=2` } })).rejects.toMatchObject(
      refused,
    );
    await expect(startTransfer(w.ports)({ body: request('id=2'), requestId: 'r' })).rejects.toMatchObject(refused);
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({ state: 'failed' });
    expect(await parts()).toBe(before);
  });

  it('is replaced only by a resume if nothing but the date tells the file from another', async () => {
    const dated = () => ({ 'last-modified': 'Sat, 21 Nov 2026 00:00:00 GMT' });
    const { w, url, transferId, request } = await expired({ tag: dated });
    await expect(startTransfer(w.ports)({ body: request('signed=2'), requestId: 'r' })).rejects.toMatchObject({
      name: 'TargetBusy',
    });
    await resumeTransfer(w.ports)(transferId, { source: { url: `${url}/x?signed=second` } });
    expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('goes on in a new execution if a resume changes how many batches there are at once', async () => {
    const { w, url, transferId } = await expired();
    const changes = { source: { url: `${url}/x?signed=second` }, batchesAtOnce: 1, patienceSeconds: 60 };
    await resumeTransfer(w.ports)(transferId, changes);
    expect(await w.settled(`${transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    const { request } = (await w.ports.checkpoints.read(transferId))!;
    expect([request.batchesAtOnce, request.patienceSeconds]).toEqual([1, 60]);
  });

  it('is the only thing of the plan that a resume may change', async () => {
    const { w, transferId } = await expired();
    for (const changes of [
      { partBytes: 1 },
      { source: { endpoint: 'a', bucket: 'data', key: 'x' } },
      { partsAtOnce: 99 },
    ])
      await expect(resumeTransfer(w.ports)(transferId, changes)).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});
