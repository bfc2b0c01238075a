import { setImmediate, setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeSweep } from '../../functions/engine/calls/describe-sweep.ts';
import type { Checkpoints, Ports, TransferPage } from '../../functions/engine/ports/ports.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import type { SweepRow, SweepView } from '../../functions/transfer/sweep-report.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { requestFor } from './request.ts';
import { type World, world } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const target = (key: string) => ({ endpoint: 'b', bucket: 'data', key });

/** Adds a transfer that is `index` seconds old and has the lock of its key. */
async function addTransfer(w: World, index: number, more: Partial<Transfer> = {}): Promise<Transfer> {
  const transferId = `t${String(index).padStart(6, '0')}`;
  const request = parseRequest(requestFor({ target: target(transferId) }));
  const transfer = newTransfer(transferId, request, w.ports.clock.nowMs() - index * 1000);
  await w.ports.checkpoints.lockTarget(request.target, transferId);
  return w.ports.checkpoints.create({ ...transfer, ...more });
}

async function addTransfers(w: World, count: number, more: Partial<Transfer> = {}): Promise<void> {
  for (let index = 0; index < count; index += 1) await addTransfer(w, index, more);
}

async function beginUpload(w: World, key: string): Promise<string> {
  const write = { target: target(key), headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  return w.to.beginUpload(write);
}

/** Every page of the latest report. */
async function wholeReport(ports: Ports, sweepId = 'latest'): Promise<{ pages: SweepView[]; rows: SweepRow[] }> {
  const pages = [await describeSweep(ports)(sweepId, {})];
  for (let after = pages[0]!.after; after !== undefined; ) {
    const page = await describeSweep(ports)(pages[0]!.sweepId, { after: String(after) });
    pages.push(page);
    after = page.after;
  }
  return { pages, rows: pages.flatMap(({ rows }) => rows) };
}

/** Each page of the list takes some of the 15 minutes that a Lambda has. */
function slowly(w: World, minutesAPage: number): Ports {
  const checkpoints: Checkpoints = {
    ...w.ports.checkpoints,
    list: async (page) => {
      w.advance(minutesAPage * MINUTE_MS);
      return w.ports.checkpoints.list(page);
    },
  };
  return { ...w.ports, checkpoints };
}

describe('The report of a sweep', () => {
  it('is stored whole, in pages far below the limit of a row, and the event has its first rows', async () => {
    const w = world();
    for (let index = 0; index < 2500; index += 1) await beginUpload(w, `key ${index} ${'k'.repeat(100)}`);
    w.advance(8 * DAY_MS);
    const { sweepId, counts, orphans } = await sweep(w.ports)({});
    const { pages, rows } = await wholeReport(w.ports);
    expect(new Set(rows.map((row) => row.outcome === 'orphan' && row.uploadId)).size).toBe(2500);
    expect(pages.length).toBeGreaterThan(3);
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(110_000);
    expect([counts.orphan, orphans.length, pages[0]!.uploadsLookedAt]).toEqual([2500, 50, 2500]);
    const { type, detail } = w.announced.at(-1)!;
    expect([type, detail.orphans]).toMatchObject(['Sweep Finished', { count: 2500, first: orphans }]);
    expect(detail.wholeReport).toBe(`partway sweep --report ${sweepId}`);
    expect(JSON.stringify(detail).length).toBeLessThan(128 * 1024);
  });

  it('has an event that is small enough even if the rows are long', async () => {
    const w = world();
    for (let index = 0; index < 60; index += 1) await beginUpload(w, `${index} ${'漢'.repeat(1000)}`);
    w.advance(8 * DAY_MS);
    const { counts, orphans } = await sweep(w.ports)({});
    expect([counts.orphan, orphans.length]).toEqual([60, 7]);
    expect(Buffer.byteLength(JSON.stringify(w.announced.at(-1)!.detail))).toBeLessThan(128 * 1024);
    expect((await wholeReport(w.ports)).rows).toHaveLength(60);
  });

  it('says when the sweep ran, what it gave up, settled, found, skipped and looked at', async () => {
    const w = world();
    await addTransfer(w, 1, { state: 'failed', updatedAtMs: Date.now() - 16 * DAY_MS });
    await addTransfer(w, 2, { state: 'copying', updatedAtMs: Date.now() - DAY_MS });
    const uploadId = await beginUpload(w, 'whose');
    w.advance(8 * DAY_MS);
    const refusal = new TransferError('Refused', 'Not today.');
    w.faults.target = (store) => ({ ...store, abortUpload: () => Promise.reject(refusal) });
    await sweep(w.ports)({ abortOrphans: true });
    const { pages, rows } = await wholeReport(w.ports);
    expect(pages[0]).toMatchObject({
      dryRun: false,
      transfersLookedAt: 2,
      uploadsLookedAt: 1,
      counts: { givenUp: 1, settled: 1, orphan: 1, skipped: 1, notLookedAt: 0 },
    });
    expect(Date.parse(pages[0]!.finishedAt!) - Date.parse(pages[0]!.startedAt)).toBeGreaterThanOrEqual(0);
    expect(rows).toMatchObject([
      { outcome: 'givenUp', transferId: 't000001', target: 'b:data/t000001' },
      { outcome: 'settled', transferId: 't000002' },
      { outcome: 'skipped', what: `upload ${uploadId} of b:data/whose`, why: 'Refused: Not today.' },
      { outcome: 'orphan', ...target('whose'), uploadId, aborted: false },
    ]);
  });

  it('has the transfers even if the endpoints cannot be read, and says that it looked at no upload', async () => {
    const w = world();
    await addTransfer(w, 1, { state: 'failed', updatedAtMs: Date.now() - 16 * DAY_MS });
    const endpoints = () => Promise.reject(new TransferError('Throttled', 'Rate exceeded.'));
    const report = await sweep({ ...w.ports, endpoints })({});
    expect(report).toMatchObject({ givenUp: [{ transferId: 't000001' }], uploadsLookedAt: 0 });
    expect(report.skipped).toEqual([{ what: 'the endpoints', why: 'Throttled: Rate exceeded.' }]);
  });

  it('exists for each sweep, and none exists before the first', async () => {
    const w = world();
    await expect(describeSweep(w.ports)('latest', {})).rejects.toMatchObject({ name: 'NotFound' });
    const one = await sweep(w.ports)({});
    await setTimeout(2); // Two sweeps that start in the same millisecond have no order.
    const other = await sweep(w.ports)({ dryRun: true });
    expect((await wholeReport(w.ports)).pages).toMatchObject([{ sweepId: other.sweepId, dryRun: true }]);
    expect((await wholeReport(w.ports, one.sweepId)).pages).toMatchObject([{ sweepId: one.sweepId, dryRun: false }]);
    await expect(describeSweep(w.ports)('gone', {})).rejects.toMatchObject({ name: 'NotFound' });
    for (const after of ['1', '-1', 'x'])
      await expect(describeSweep(w.ports)('latest', { after })).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('A sweep that has too little time', () => {
  it('for the transfers says which are left, still looks at the uploads, and the next sweep begins there', async () => {
    const w = world();
    await addTransfers(w, 120);
    const uploadId = await beginUpload(w, 'whose');
    w.advance(8 * DAY_MS);
    const first = await sweep(slowly(w, 4))({ abortOrphans: true });
    // Two pages of 50 transfers fit into two thirds of the time.
    expect([first.transfersLookedAt, first.counts.notLookedAt]).toEqual([100, 1]);
    expect(first.notLookedAt).toMatchObject([{ what: expect.stringContaining('transfers that were created at 20') }]);
    // An upload without a known transfer may belong to a transfer that is left, so it is not aborted.
    expect(first.orphans).toMatchObject([{ uploadId, aborted: false }]);
    expect(first.skipped).toMatchObject([{ what: 'the aborting of orphans' }]);
    const second = await sweep(w.ports)({ abortOrphans: true });
    expect([second.transfersLookedAt, second.counts.notLookedAt]).toEqual([20, 0]);
    expect(second.orphans).toMatchObject([{ uploadId, aborted: false }]);
    const third = await sweep(w.ports)({ abortOrphans: true });
    expect([third.transfersLookedAt, third.orphans]).toMatchObject([120, [{ uploadId, aborted: true }]]);
  });

  it('for the uploads says which places are left, and the next sweep begins there', async () => {
    const w = world();
    for (let index = 0; index < 1500; index += 1) await beginUpload(w, `key ${String(index).padStart(4, '0')}`);
    w.advance(8 * DAY_MS);
    let pages = 0;
    w.faults.target = (store) => ({
      ...store,
      uploadsPage: async (...place) => {
        pages += 1;
        if (pages === 3) w.advance(15 * MINUTE_MS); // the second page of b:data
        return store.uploadsPage(...place);
      },
    });
    const first = await sweep(w.ports)({});
    expect([first.counts.orphan, first.counts.notLookedAt]).toEqual([1000, 1]);
    expect(first.notLookedAt).toMatchObject([{ what: 'b:data/, after the key key 0999' }]);
    const second = await sweep(w.ports)({});
    expect([second.counts.orphan, second.counts.notLookedAt]).toEqual([500, 0]);
    expect((await sweep(w.ports)({})).counts.orphan).toBe(1500);
  });

  it('is not spent on a store whose list never ends: the next places have their turn', async () => {
    const w = world();
    let pages = 0;
    w.faults.target = (store) => ({
      ...store,
      uploadsPage: async () => {
        pages += 1;
        return { uploads: [], next: { keyMarker: `key ${pages}` } };
      },
    });
    const report = await sweep(w.ports)({});
    const places = report.skipped.filter(({ why }) => /sent 1000 pages of uploads/.test(why));
    expect(places.length).toBeGreaterThan(1);
    expect([pages, report.counts.notLookedAt]).toEqual([places.length * 1000, 0]);
  });

  it('because a store never answers skips that store after three attempts, and sweeps the rest', async () => {
    const w = world();
    await addTransfers(w, 6, { state: 'failed', updatedAtMs: Date.now() - 16 * DAY_MS });
    const request = parseRequest(requestFor({ target: { ...target('other'), endpoint: 'a' } }));
    await addTransfer(w, 7, { request, state: 'failed', updatedAtMs: Date.now() - 16 * DAY_MS });
    // A wait of minutes takes 50 ms here.
    const sleep = async (ms: number, signal?: AbortSignal) => {
      await setTimeout(50, undefined, { signal });
      w.advance(ms);
    };
    w.faults.target = (store) => (store === w.to ? { ...store, inspect: () => new Promise(() => {}) } : store);
    const report = await sweep({ ...w.ports, clock: { ...w.ports.clock, sleep } })({});
    const [silence, leftAlone] = [/did not answer within 118 s/, /could not be reached 3 times in a row/];
    expect(report.skipped.map(({ why }) => [silence.test(why), leftAlone.test(why)])).toEqual([
      ...[1, 2, 3].map(() => [true, false]),
      ...[4, 5, 6, 'b:data/'].map(() => [false, true]),
    ]);
    expect([report.givenUp, report.notLookedAt]).toEqual([[{ transferId: 't000007', target: 'a:data/other' }], []]);
  });

  it('because it dies shows how far it came, and the next sweep begins near there', async () => {
    const w = world();
    await addTransfers(w, 700);
    let pages = 0;
    const list = async (page: Parameters<Checkpoints['list']>[0]) => {
      pages += 1;
      if (pages === 13) throw new Error('killed');
      return w.ports.checkpoints.list(page);
    };
    const dying = { ...w.ports, checkpoints: { ...w.ports.checkpoints, list } };
    await expect(sweep(dying)({})).rejects.toThrow('killed');
    expect((await wholeReport(w.ports)).pages).toMatchObject([{ transfersLookedAt: 500 }]);
    expect((await wholeReport(w.ports)).pages[0]!.finishedAt).toBeUndefined();
    expect((await sweep(w.ports)({ dryRun: true })).transfersLookedAt).toBe(700); // A dry run always looks at everything.
    expect((await sweep(w.ports)({})).transfersLookedAt).toBe(200);
    expect((await sweep(w.ports)({})).transfersLookedAt).toBe(700);
  });
});

describe('A sweep that may abort orphans', () => {
  it('does not abort an upload that another program began and a transfer is about to adopt', async () => {
    const w = world();
    const [before, during] = [await beginUpload(w, 't000001'), await beginUpload(w, 't000002')];
    w.advance(8 * DAY_MS);
    const adopting = (uploadId: string, index: number) => {
      const resumeFrom = { uploadId, partBytes: 1024 };
      const request = parseRequest(requestFor({ target: target(`t00000${index}`), resumeFrom }));
      return addTransfer(w, index, { request });
    };
    await adopting(before, 1);
    w.faults.target = (store) => ({
      ...store,
      uploadsPage: async (...place) => {
        const page = await store.uploadsPage(...place);
        await adopting(during, 2); // The sweep has looked at all transfers by now.
        return page;
      },
    });
    const { orphans } = await sweep(w.ports)({ abortOrphans: true });
    expect([orphans, w.to.openUploads().toSorted()]).toEqual([[], [before, during].toSorted()]);
  });

  it('aborts none if unfinished transfers have more uploads than it can remember', async () => {
    const w = world();
    const uploadId = await beginUpload(w, 'whose');
    w.advance(8 * DAY_MS);
    const some = await addTransfer(w, 1, { state: 'copying' });
    let given = 0;
    const list = async ({ limit }: { limit: number }): Promise<TransferPage> => {
      const transfers = Array.from({ length: limit }, () => ({ ...some, uploadId: `upload ${given++}` }));
      return { transfers, after: given < 100_000 ? 'more' : undefined };
    };
    const ports = { ...w.ports, checkpoints: { ...w.ports.checkpoints, list } };
    const { transfersLookedAt, orphans, skipped } = await sweep(ports)({ abortOrphans: true });
    expect([transfersLookedAt, orphans]).toMatchObject([100_000, [{ uploadId, aborted: false }]]);
    expect(skipped).toMatchObject([{ what: 'the aborting of orphans' }]);
  });

  it('may run at the same time as another sweep', async () => {
    const w = world();
    await addTransfers(w, 60, { state: 'failed', updatedAtMs: Date.now() - 16 * DAY_MS });
    for (let index = 0; index < 10; index += 1) await beginUpload(w, `key ${index}`);
    w.advance(8 * DAY_MS);
    const both = await Promise.all([1, 2].map(() => sweep(w.ports)({ abortOrphans: true })));
    expect(both.map(({ counts }) => counts.skipped)).toEqual([0, 0]);
    expect(w.to.openUploads()).toEqual([]);
    const { transfers } = await w.ports.checkpoints.list({ limit: 100, after: undefined });
    expect(transfers.filter(({ state }) => state !== 'aborted')).toEqual([]);
  });
});

describe('The memory of a sweep', () => {
  it('holds one page of headers, even if there are thousands', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const w = world();
    await addTransfers(w, 20_000, { state: 'copying', uploadId: 'u', updatedAtMs: Date.now() });
    const given: WeakRef<Transfer>[] = [];
    let held = 0;
    const list = async (from: Parameters<Checkpoints['list']>[0]): Promise<TransferPage> => {
      const page = await w.ports.checkpoints.list(from);
      if (page.after === undefined) {
        await setImmediate();
        collect();
        held = given.filter((header) => header.deref() !== undefined).length;
      }
      given.push(...page.transfers.map((header) => new WeakRef(header)));
      return page;
    };
    await sweep({ ...w.ports, checkpoints: { ...w.ports.checkpoints, list } })({});
    expect(given).toHaveLength(20_000);
    expect(held).toBeLessThanOrEqual(50);
  });
});
