import { describe, expect, it } from 'vitest';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { faultyWorld, PART, PARTS } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const once = (fault: Fault, skip = 2): Temper => [{ operation: 'UploadPart', skip, times: 1, fault }];
const always = (fault: Fault): Temper => [{ operation: 'UploadPart', fault }];
const half = { bytesIn: PART / 2 };
const refuse = (
  status: number,
  code: string,
  moment: 'before' | 'received' | { bytesIn: number } = 'before',
): Fault => ({
  kind: 'refuse',
  moment,
  status,
  code,
});

describe('Part upload faults (catalogue C)', () => {
  const passing: Record<string, Fault> = {
    'asks to slow down before the body': refuse(503, 'SlowDown'),
    'asks to slow down in the middle of the body': refuse(503, 'SlowDown', half),
    'asks to slow down after the body': refuse(503, 'SlowDown', 'received'),
    'says 429': refuse(429, 'TooManyRequests'),
    'fails inside': refuse(500, 'InternalError', 'received'),
    'waited too long for the body': refuse(400, 'RequestTimeout', half),
    'doubts the clock': refuse(403, 'RequestTimeTooSkewed'),
    'is reset before the body': { kind: 'reset', moment: 'before' },
    'is reset in the middle of the body': { kind: 'reset', moment: half },
    'is reset after the body': { kind: 'reset', moment: 'received' },
    'is reset after it stored the part': { kind: 'reset', moment: 'applied' },
    'answers without an ETag': { kind: 'answer', headers: { etag: null } },
    'answers with an empty ETag': { kind: 'answer', headers: { etag: '""' } },
    'answers with a wrong ETag': { kind: 'answer', headers: { etag: '"00000000000000000000000000000000"' } },
    'takes the body in dribbles': { kind: 'slow', direction: 'in', chunkBytes: 64, everyMs: 0 },
  };
  it.each(Object.entries(passing))('copies all the same when the target %s once', async (_, fault) => {
    const w = await faultyWorld({ target: once(fault) });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });

  it.each([
    ['before it took the body', { kind: 'stall', moment: 'received' }],
    ['after it stored the part', { kind: 'stall', moment: 'applied' }],
  ] as [string, Fault][])('tries a part again when the target falls silent %s', async (_, fault) => {
    const w = await faultyWorld({ target: once(fault), speed: 60 });
    const { status, transfer } = await w.copy();
    expect(status).toBe('SUCCEEDED');
    expect(transfer.receipt?.retries).toBeGreaterThan(0);
  });

  it('survives a burst of throttling on every operation', async () => {
    const w = await faultyWorld({ target: [{ operation: '*', times: 6, fault: refuse(503, 'SlowDown') }] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('aborts when the target answers with a wrong ETag again and again', async () => {
    const headers = { etag: '"00000000000000000000000000000000"' };
    const w = await faultyWorld({ target: always({ kind: 'answer', headers }) });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['Damaged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('never completes parts that the target lists with another ETag than it answered', async () => {
    const headers = { etag: '"of-a-key"', 'x-amz-server-side-encryption': 'aws:kms' };
    const w = await faultyWorld({ target: always({ kind: 'answer', headers }) });
    const { error, transfer } = await w.copy({ patienceSeconds: 1 });
    expect([error, transfer.state]).toEqual(['Stalled', 'failed']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('takes the ETag of a part under a customer key for no MD5', async () => {
    const w = await faultyWorld({
      target: once({ kind: 'answer', headers: { etag: '"of-a-key"', 'x-amz-server-side-encryption': 'aws:kms' } }),
    });
    // The list has another ETag for this one part, so it alone is sent again.
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent]).toEqual(['SUCCEEDED', PART]);
  });

  it.each([
    ['NoSuchUpload', { kind: 'expire' }, undefined],
    ['NoSuchKey, as Ceph does', { kind: 'expire' }, refuse(404, 'NoSuchKey')],
  ] as [string, Fault, Fault | undefined][])(
    'begins another upload when this one is gone: %s',
    async (_, fault, also) => {
      const target = [...once(fault, 5), ...(also ? once(also, 5) : [])];
      const w = await faultyWorld({ target });
      const { status, transfer } = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
      expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 2]);
    },
  );

  it('begins another upload however long the lost one had taken', async () => {
    const w = await faultyWorld({ target: once({ kind: 'expire' }, 5) });
    const { status, transfer } = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1, patienceSeconds: 0 });
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 2]);
  });

  it('gives up after three uploads that the target lost', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', partNumber: 6, fault: { kind: 'expire' } }] });
    const { error, cause, transfer } = await w.copy();
    expect([error, transfer.uploadsBegun]).toEqual(['Stalled', 3]);
    expect(cause).toMatch(/lost the upload of \S+ 3 times/);
    expect(await w.target.openUploads()).toEqual([]);
  });

  it('leaves a refusal in the middle of a batch for a person, and sends no recorded part again after it', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(403, 'AccessDenied') }] });
    const refused = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect([refused.error, refused.transfer.state]).toEqual(['Refused', 'failed']);
    expect(refused.cause).toContain('AccessDenied');
    w.inner.machine.redrive(refused.name);
    expect((await w.ended(refused.name)).status).toBe('SUCCEEDED');
    const done = (await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done');
    expect(done).toHaveLength(PARTS);
  });

  it('waits for fresh credentials when a token expires in the middle of a batch, and sends no recorded part again', async () => {
    const expired = { operation: 'UploadPart', skip: 5, times: 2, fault: refuse(400, 'ExpiredToken') };
    const w = await faultyWorld({ target: [expired] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED', transfer: { state: 'copied' } });
  });

  it('stalls when nobody renews a token that has expired, and names it', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(400, 'ExpiredToken') }] });
    const { error, cause, transfer } = await w.copy({ patienceSeconds: 0 });
    expect([error, transfer.state]).toEqual(['Stalled', 'failed']);
    expect(cause).toMatch(/The last error: Expired: .*400 ExpiredToken/);
  });

  it('calls a token that is not one Refused at once', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(400, 'InvalidToken') }] });
    expect((await w.copy()).error).toBe('Refused');
  });

  it('takes a body that the store saw end early for a broken connection, though S3 says it with a 400', async () => {
    const w = await faultyWorld({ target: once(refuse(400, 'IncompleteBody', half)) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is not confused by a part whose first sending finishes last', async () => {
    const until = { operation: 'UploadPart', partNumber: 3, done: 1 };
    const late: Temper = [
      { operation: 'UploadPart', partNumber: 3, times: 1, fault: { kind: 'wait', moment: 'received', until } },
    ];
    const w = await faultyWorld({ target: late, speed: 60 });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    const sendings = (await w.target.requests('UploadPart')).filter(({ partNumber }) => partNumber === 3);
    expect(sendings).toHaveLength(2);
  });

  it('sends an object that goes as one request again when nobody heard that it was stored', async () => {
    const w = await faultyWorld({
      canary: false,
      target: [{ operation: 'PutObject', times: 1, fault: { kind: 'reset', moment: 'applied' } }],
    });
    const { status, transfer } = await w.copy({ multipartThresholdBytes: PART * PARTS, overwrite: 'never' });
    expect([status, transfer.method]).toEqual(['SUCCEEDED', 'whole']);
  });

  it('begins one upload only when the answer to the first beginning was lost, or aborts the other', async () => {
    const w = await faultyWorld({
      target: [{ operation: 'CreateMultipartUpload', times: 1, fault: refuse(500, 'InternalError') }],
    });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });
});
