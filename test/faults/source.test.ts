import { gzipSync } from 'node:zlib';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { faultyWorld, PART, PARTS } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const once = (fault: Fault, skip = 2): Temper => [{ operation: 'GetObject', skip, times: 1, fault }];
const always = (fault: Fault): Temper => [{ operation: 'GetObject', fault }];
const half = { bytesOut: PART / 2 };

describe('Source faults (catalogue B)', () => {
  const changes: Record<string, Temper> = {
    'changes between HEAD and GET': once({ kind: 'rewrite' }, 0),
    'changes in the middle of the copy': once({ kind: 'rewrite' }, 5),
    'changes and does not know If-Match': [
      ...once({ kind: 'rewrite' }, 5),
      ...always({ kind: 'ignore', headers: ['if-match'] }),
    ],
    'becomes shorter': once({ kind: 'rewrite', bytes: PART }, 3),
    'answers 200 with the whole object': always({ kind: 'ignore', headers: ['range'] }),
    'has no Content-Range': always({ kind: 'answer', headers: { 'content-range': null } }),
    'has another Content-Range': always({ kind: 'answer', headers: { 'content-range': 'bytes 0-9/10' } }),
    'declares a shorter body': always({ kind: 'shorten', bytes: 1, declared: true }),
    'declares a longer body': always({ kind: 'lengthen', bytes: 1, declared: true }),
    'hides an error in a 200': always({ kind: 'refuse', moment: 'before', status: 200, code: 'InternalError' }),
    'compresses on the way': always({ kind: 'gzip' }),
    'answers with another ETag': always({ kind: 'answer', headers: { etag: '"other"' } }),
  };
  it.each(Object.entries(changes))('aborts when the source %s, and leaves the old object', async (_, source) => {
    const w = await faultyWorld({ source });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('aborts when an unpinned source ends before the range that was planned', async () => {
    const w = await faultyWorld({ source: once({ kind: 'rewrite', bytes: PART }, 3) });
    const { error, transfer } = await w.copy({ verifySource: false });
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
  });

  const passing: Record<string, Fault> = {
    'sends more than it declared': { kind: 'lengthen', bytes: 10, declared: false },
    'is reset before the answer': { kind: 'reset', moment: 'before' },
    'is reset after the last byte': { kind: 'reset', moment: { bytesOut: PART } },
    'asks to slow down': { kind: 'refuse', moment: 'before', status: 503, code: 'SlowDown' },
    'fails inside': { kind: 'refuse', moment: 'before', status: 500, code: 'InternalError' },
    'doubts the clock': { kind: 'refuse', moment: 'before', status: 403, code: 'RequestTimeTooSkewed' },
    'dribbles byte by byte': { kind: 'slow', direction: 'out', chunkBytes: 1, everyMs: 0 },
  };
  it.each(Object.entries(passing))('copies all the same when the source %s once', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  const broken: Record<string, Fault> = {
    'with a clean close': { kind: 'shorten', bytes: 10, declared: false },
    'with a reset': { kind: 'reset', moment: half },
  };
  it.each(Object.entries(broken))('copies all the same when a body ends early, %s', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  const silences: Record<string, Fault> = {
    'before the answer': { kind: 'stall', moment: 'before' },
    'in the middle of a part': { kind: 'stall', moment: half },
    'for a minute': { kind: 'delay', moment: 'before', ms: 1000 },
  };
  it.each(Object.entries(silences))('tries a part again when the source falls silent %s', async (_, fault) => {
    const w = await faultyWorld({ source: once(fault), speed: 60 });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.retries]).toEqual(['SUCCEEDED', expect.any(Number)]);
    expect(transfer.receipt?.retries).toBeGreaterThan(0);
  });

  it('stalls, keeps what it has and goes on after a redrive when a part cannot be read for long', async () => {
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

  it('copies the bytes of a compressed object as they are', async () => {
    const content = gzipSync(Buffer.alloc(4_000_000, 'partway'), { level: 1 });
    const w = await faultyWorld({ content, sourceObject: { ContentEncoding: 'gzip' } });
    expect(await w.copy({ partBytes: 1024 })).toMatchObject({ status: 'SUCCEEDED' });
    const head = await w.target.client.send(new HeadObjectCommand({ Bucket: 'data', Key: 'y' }));
    expect(head.ContentEncoding).toBe('gzip');
  });

  it('ends as Damaged when the source publishes another CRC32 than its bytes have', async () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'FULL_OBJECT' };
    const w = await faultyWorld({ source: [{ operation: 'HeadObject', fault: { kind: 'answer', headers } }] });
    expect((await w.copy()).error).toBe('Damaged');
  });

  it('proves by the checksum that the source computed by itself, and ends as Damaged when it is another', async () => {
    const honest = await faultyWorld();
    expect((await honest.copy()).transfer.receipt?.proofs).toContain("source's CRC-64/NVME");
    const headers = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' };
    const w = await faultyWorld({ source: [{ operation: 'HeadObject', fault: { kind: 'answer', headers } }] });
    expect((await w.copy()).error).toBe('Damaged');
    expect(await w.target.requests('CompleteMultipartUpload')).toEqual([]);
  });

  it('leaves missing credentials for a person, and copies only what is missing after a redrive', async () => {
    const denied: Fault = { kind: 'refuse', moment: 'before', status: 403, code: 'AccessDenied' };
    const w = await faultyWorld({ source: [{ operation: 'GetObject', skip: 3, fault: denied }] });
    const refused = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect([refused.error, refused.transfer.state]).toEqual(['Refused', 'failed']);
    w.inner.machine.redrive(refused.name);
    expect((await w.ended(refused.name)).status).toBe('SUCCEEDED');
    expect((await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done')).toHaveLength(PARTS);
  });

  it('aborts when the source is deleted in the middle, so that no upload is forgotten at the target', async () => {
    const w = await faultyWorld({ source: once({ kind: 'remove' }, 3) });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
  });

  it('reads on when an expired token is renewed, though S3 says it with a 400', async () => {
    const expired: Fault = { kind: 'refuse', moment: 'before', status: 400, code: 'ExpiredToken' };
    const w = await faultyWorld({ source: [{ operation: 'GetObject', skip: 3, times: 3, fault: expired }] });
    expect((await w.copy()).status).toBe('SUCCEEDED');
  });
});
