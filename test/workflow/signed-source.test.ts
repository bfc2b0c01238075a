import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { describeTransfer, listTransfers } from '../../functions/engine/calls/describe-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { servingInTest } from '../serving.ts';
import { requestFor } from './request.ts';
import { type World, world } from './world.ts';

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

/** All that is written down, shown and sent of a transfer, but the row with its URL. */
async function everything(w: World, transferId: string): Promise<string> {
  const { checkpoints } = w.ports;
  const executions = w.machine.list({ max: 100 }).items.map(({ name }) => [w.machine.describe(name), w.history(name)]);
  const shown = [await describeTransfer(w.ports)(transferId), await listTransfers(w.ports)({})];
  return JSON.stringify([await checkpoints.read(transferId), executions, shown, w.announced]);
}

describe('The query of a source URL', () => {
  it('is in no header, execution, history, event, list and view, and in its own row only until the copy is over', async () => {
    const { w, url, transferId } = await expired();
    expect(await everything(w, transferId)).not.toContain('signed=');
    expect(await w.ports.checkpoints.keptUrl(transferId)).toBe(`${url}/x?signed=first`);
    await resumeTransfer(w.ports)(transferId, { source: { url: `${url}/x?signed=second` } });
    expect(await w.ports.checkpoints.keptUrl(transferId)).toBe(`${url}/x?signed=second`);
    expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.ports.checkpoints.keptUrl(transferId)).toBeUndefined();
    expect(await everything(w, transferId)).not.toContain('signed=');
  });

  it('goes when the transfer is aborted', async () => {
    const { w, transferId } = await expired();
    await requestAbort(w.ports)(transferId);
    await w.settled(`${transferId}-2`);
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({ state: 'aborted' });
    expect(await w.ports.checkpoints.keptUrl(transferId)).toBeUndefined();
  });

  it('that is no longer kept stops the transfer, which says so, and the same request goes on', async () => {
    const { w, transferId, request } = await expired();
    await w.ports.checkpoints.forgetUrl(transferId);
    await resumeTransfer(w.ports)(transferId);
    expect(await w.settled(`${transferId}-1`)).toMatchObject({
      error: 'Refused',
      cause: expect.stringContaining('16 days'),
    });
    await startTransfer(w.ports)({ body: request('signed=second'), requestId: 'r' });
    expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is not replaced by that of another request with the same Idempotency-Key', async () => {
    const { w, url, transferId, request } = await expired();
    const other = {
      body: { ...request('signed=other'), source: { url: `${url}/z?signed=other` } },
      idempotencyKey: 'k',
    };
    await expect(startTransfer(w.ports)(other)).rejects.toMatchObject({ name: 'KeyReused' });
    expect(await w.ports.checkpoints.keptUrl(transferId)).toBe(`${url}/x?signed=first`);
  });

  it('stays in the header of a transfer that older code began, until that is over', async () => {
    const { w, url, transferId } = await expired();
    await w.ports.checkpoints.forgetUrl(transferId);
    await w.ports.checkpoints.change(transferId, (now) => ({
      ...now,
      request: { ...now.request, source: { url: `${url}/x?signed=old` } },
    }));
    await resumeTransfer(w.ports)(transferId);
    expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await everything(w, transferId)).not.toContain('signed=');
  });
});

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
