import { gzipSync } from 'node:zlib';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { faultyWorld, PART, PARTS } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const once = (fault: Fault, skip = 2): Temper => [{ operation: 'GetObject', skip, times: 1, fault }];
const always = (fault: Fault): Temper => [{ operation: 'GetObject', fault }];
const half = { bytesOut: PART / 2 };

describe('A copy whose source misbehaves', () => {
  const changes: Record<string, Temper> = {
    'changes between HEAD and GET': once({ kind: 'rewrite' }, 0),
    'changes in the middle of the copy': once({ kind: 'rewrite' }, 5),
    'changes and ignores If-Match': [
      ...once({ kind: 'rewrite' }, 5),
      ...always({ kind: 'ignore', headers: ['if-match'] }),
    ],
    'becomes shorter': once({ kind: 'rewrite', bytes: PART }, 3),
    'has another Content-Range': always({ kind: 'answer', headers: { 'content-range': 'bytes 0-9/10' } }),
    'answers 200 with an error in the body': always({
      kind: 'refuse',
      moment: 'before',
      status: 200,
      code: 'InternalError',
    }),
    'answers with another ETag': always({ kind: 'answer', headers: { etag: '"other"' } }),
  };
  it.each(Object.entries(changes))('aborts and leaves the old object if the source %s', async (_, source) => {
    const w = await faultyWorld({ source });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  const odd: Record<string, Temper> = {
    'answers 200 with the whole object instead of a range': always({ kind: 'ignore', headers: ['range'] }),
    'has no Content-Range': always({ kind: 'answer', headers: { 'content-range': null } }),
    'declares a shorter body': always({ kind: 'shorten', bytes: 1, declared: true }),
    'declares a longer body': always({ kind: 'lengthen', bytes: 1, declared: true }),
    'compresses its answers': always({ kind: 'gzip' }),
  };
  it.each(Object.entries(odd))('fails, keeps its parts and goes on later if the source %s', async (_, source) => {
    const w = await faultyWorld({ source });
    const { error, arn, name, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['InvalidRequest', 'failed']);
    await w.source.temper([]);
    w.inner.machine.redrive(arn);
    const { status, transfer: now } = await w.ended(name);
    expect([status, now.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });

  it('succeeds if the source answers only once with another range', async () => {
    const w = await faultyWorld({ source: once({ kind: 'ignore', headers: ['range'] }) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('compares ETags by itself if the source refuses its own ETag in If-Match', async () => {
    const refused: TemperRule = {
      operation: 'GetObject',
      only: { header: 'if-match' },
      fault: { kind: 'refuse', moment: 'before', status: 412, code: 'PreconditionFailed' },
    };
    const w = await faultyWorld({ source: [refused] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    const changing = await faultyWorld({ source: [...once({ kind: 'rewrite' }, 5), refused] });
    const { error, transfer } = await changing.copy();
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
  });

  it('goes on with fewer parts at once if the source limits connections', async () => {
    const refused: TemperRule = {
      operation: 'GetObject',
      times: 6, // at least two of the four parts under way are refused twice
      fault: { kind: 'refuse', moment: 'before', status: 429, code: 'TooManyRequests' },
    };
    const w = await faultyWorld({ source: [refused] });
    const { status } = await w.copy({ partsAtOnce: 4, batchesAtOnce: 1 });
    // The other parts of the batch take over, so no batch ends with parts missing.
    const batches = w.inner.invocations.filter((name) => name === 'copybatch');
    expect([status, batches.length]).toEqual(['SUCCEEDED', 2]);
  });

  it('aborts if an unpinned source is now too short for a planned range', async () => {
    const w = await faultyWorld({ source: once({ kind: 'rewrite', bytes: PART }, 3) });
    const { error, transfer } = await w.copy({ verifySource: false });
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
  });

  const passing: Record<string, Fault> = {
    'sends more than it declared': { kind: 'lengthen', bytes: 10, declared: false },
    'breaks the connection before the answer': { kind: 'reset', moment: 'before' },
    'breaks the connection after the last byte': { kind: 'reset', moment: { bytesOut: PART } },
    throttles: { kind: 'refuse', moment: 'before', status: 503, code: 'SlowDown' },
    'answers 500': { kind: 'refuse', moment: 'before', status: 500, code: 'InternalError' },
    'says that our clock is wrong': { kind: 'refuse', moment: 'before', status: 403, code: 'RequestTimeTooSkewed' },
    'sends one byte at a time': { kind: 'slow', direction: 'out', chunkBytes: 1, everyMs: 0 },
  };
  it.each(Object.entries(passing))('succeeds even if the source %s once', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  const broken: Record<string, Fault> = {
    'with a clean close': { kind: 'shorten', bytes: 10, declared: false },
    'with a broken connection': { kind: 'reset', moment: half },
  };
  it.each(Object.entries(broken))('succeeds even if a body ends early %s', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  const silences: Record<string, Fault> = {
    'before the answer': { kind: 'stall', moment: 'before' },
    'in the middle of a part': { kind: 'stall', moment: half },
    'for a minute': { kind: 'delay', moment: 'before', ms: 1000 },
  };
  it.each(Object.entries(silences))('tries a part again if the source stops sending %s', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault), speed: 60 });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.retries]).toEqual(['SUCCEEDED', expect.any(Number)]);
    expect(transfer.receipt?.retries).toBeGreaterThan(0);
  });

  it('ends as Stalled and keeps its parts if a part cannot be read for long, and continues after a redrive', async () => {
    const broken: Temper = [{ operation: 'GetObject', skip: 5, fault: { kind: 'reset', moment: half } }];
    const w = await faultyWorld({ source: broken });
    const stalled = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1, patienceSeconds: 1 });
    expect([stalled.error, stalled.transfer.state]).toEqual(['Stalled', 'failed']);
    const sentBefore = (await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done').length;
    expect(sentBefore).toBeLessThan(PARTS);
    w.inner.machine.redrive(stalled.name);
    expect((await w.ended(stalled.name)).status).toBe('SUCCEEDED');
    expect((await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done')).toHaveLength(PARTS);
  });

  it.each([
    ['no ETag', null],
    ['an opaque ETag', '"not-a-hash"'],
  ])('copies from a source with %s', async (_, etag) => {
    const answer: Temper = [
      { operation: ['HeadObject', 'GetObject'], fault: { kind: 'answer', headers: { etag } } },
      { operation: 'GetObject', fault: { kind: 'ignore', headers: ['if-match'] } },
    ];
    const w = await faultyWorld({ source: answer });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('copies the bytes of a compressed object unchanged', async () => {
    const content = gzipSync(Buffer.alloc(4_000_000, 'partway'), { level: 1 });
    const w = await faultyWorld({ content, sourceObject: { ContentEncoding: 'gzip' } });
    expect(await w.copy({ partBytes: 1024 })).toMatchObject({ status: 'SUCCEEDED' });
    const head = await w.target.client.send(new HeadObjectCommand({ Bucket: 'data', Key: 'y' }));
    expect(head.ContentEncoding).toBe('gzip');
  });

  it('ends as Damaged if the source publishes another CRC32 than that of its bytes', async () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'FULL_OBJECT' };
    const w = await faultyWorld({ source: [{ operation: 'HeadObject', fault: { kind: 'answer', headers } }] });
    expect((await w.copy()).error).toBe('Damaged');
  });

  it('compares the checksum that the source computed by itself, and ends as Damaged if it differs', async () => {
    const honest = await faultyWorld();
    expect((await honest.copy()).transfer.receipt?.proofs).toContain("source's CRC-64/NVME");
    const headers = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' };
    const w = await faultyWorld({ source: [{ operation: 'HeadObject', fault: { kind: 'answer', headers } }] });
    expect((await w.copy()).error).toBe('Damaged');
    expect(await w.target.requests('CompleteMultipartUpload')).toEqual([]);
  });

  it('leaves missing credentials for a person, and copies only the missing parts after a redrive', async () => {
    const denied: Fault = { kind: 'refuse', moment: 'before', status: 403, code: 'AccessDenied' };
    const w = await faultyWorld({ source: [{ operation: 'GetObject', skip: 3, fault: denied }] });
    const refused = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect([refused.error, refused.transfer.state]).toEqual(['Refused', 'failed']);
    w.inner.machine.redrive(refused.name);
    expect((await w.ended(refused.name)).status).toBe('SUCCEEDED');
    expect((await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done')).toHaveLength(PARTS);
  });

  it('aborts if the source is deleted in the middle, so that no upload stays at the target', async () => {
    const w = await faultyWorld({ source: once({ kind: 'remove' }, 3) });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
  });

  it('continues after an expired token was renewed, though S3 answers ExpiredToken with a 400', async () => {
    const expired: Fault = { kind: 'refuse', moment: 'before', status: 400, code: 'ExpiredToken' };
    const w = await faultyWorld({ source: [{ operation: 'GetObject', skip: 3, times: 3, fault: expired }] });
    expect((await w.copy()).status).toBe('SUCCEEDED');
  });
});
