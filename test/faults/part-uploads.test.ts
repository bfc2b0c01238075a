import { CreateMultipartUploadCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
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
  moment: 'before' | 'received' | 'applied' | { bytesIn: number } = 'before',
): Fault => ({
  kind: 'refuse',
  moment,
  status,
  code,
});

describe('A copy whose target misbehaves', () => {
  const passing: Record<string, Fault> = {
    'throttles before the body': refuse(503, 'SlowDown'),
    'throttles in the middle of the body': refuse(503, 'SlowDown', half),
    'throttles after the body': refuse(503, 'SlowDown', 'received'),
    'answers 429': refuse(429, 'TooManyRequests'),
    'answers 500': refuse(500, 'InternalError', 'received'),
    'has waited too long for the body': refuse(400, 'RequestTimeout', half),
    'says that our clock is wrong': refuse(403, 'RequestTimeTooSkewed'),
    'breaks the connection before the body': { kind: 'reset', moment: 'before' },
    'breaks the connection in the middle of the body': { kind: 'reset', moment: half },
    'breaks the connection after the body': { kind: 'reset', moment: 'received' },
    'breaks the connection after it has stored the part': { kind: 'reset', moment: 'applied' },
    'answers without an ETag': { kind: 'answer', headers: { etag: null } },
    'answers with an empty ETag': { kind: 'answer', headers: { etag: '""' } },
    'answers with a wrong ETag': { kind: 'answer', headers: { etag: '"00000000000000000000000000000000"' } },
    'takes the body in tiny pieces': { kind: 'slow', direction: 'in', chunkBytes: 64, everyMs: 0 },
  };
  it.each(Object.entries(passing))('succeeds even if the target %s once', async (_, fault) => {
    const w = await faultyWorld({ target: once(fault) });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });

  it.each([
    ['before it has taken the body', { kind: 'stall', moment: 'received' }],
    ['after it has stored the part', { kind: 'stall', moment: 'applied' }],
  ] as [string, Fault][])('tries a part again if the target stops answering %s', async (_, fault) => {
    const w = await faultyWorld({ target: once(fault), speed: 60 });
    const { status, transfer } = await w.copy();
    expect(status).toBe('SUCCEEDED');
    expect(transfer.receipt?.retries).toBeGreaterThan(0);
  });

  it('survives a burst of throttling on every operation', async () => {
    const w = await faultyWorld({ target: [{ operation: '*', times: 6, fault: refuse(503, 'SlowDown') }] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('aborts if the target answers with a wrong ETag again and again', async () => {
    const headers = { etag: '"00000000000000000000000000000000"' };
    const w = await faultyWorld({ target: always({ kind: 'answer', headers }) });
    const { error, transfer } = await w.copy({ checksum: 'md5' });
    expect([error, transfer.state]).toEqual(['Damaged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('copies by CRC32 if the ETags of a gateway are no MD5s though its profile promises them', async () => {
    const w = await faultyWorld();
    opaqueEtags(w.target.client);
    const { status, transfer } = await w.copy({ checksum: 'md5' });
    expect(status).toBe('SUCCEEDED');
    expect(transfer.receipt?.proofs).toContain("each part's length");
  });

  it('never completes parts whose ETag in the list differs from the ETag in the answer', async () => {
    const headers = { etag: '"of-a-key"', 'x-amz-server-side-encryption': 'aws:kms' };
    const w = await faultyWorld({ target: always({ kind: 'answer', headers }) });
    const { error, transfer } = await w.copy({ patienceSeconds: 1 });
    expect([error, transfer.state]).toEqual(['Stalled', 'failed']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('does not take a part’s ETag for an MD5 if the target encrypts with a customer key', async () => {
    const w = await faultyWorld({
      target: once({ kind: 'answer', headers: { etag: '"of-a-key"', 'x-amz-server-side-encryption': 'aws:kms' } }),
    });
    // Only this part has another ETag in the list, so Partway sends only this one again.
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent]).toEqual(['SUCCEEDED', PART]);
  });

  it.each([
    ['NoSuchUpload', { kind: 'expire' }, undefined],
    ['NoSuchKey, as Ceph does', { kind: 'expire' }, refuse(404, 'NoSuchKey')],
  ] as [string, Fault, Fault | undefined][])(
    'begins another upload if the target has lost this one: %s',
    async (_, fault, also) => {
      const target = [...once(fault, 5), ...(also ? once(also, 5) : [])];
      const w = await faultyWorld({ target });
      const { status, transfer } = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
      expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 2]);
    },
  );

  it('begins another upload even if patience is over', async () => {
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

  it('leaves a refusal in the middle of a batch for a person, and then sends no recorded part again', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(403, 'AccessDenied') }] });
    const refused = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect([refused.error, refused.transfer.state]).toEqual(['Refused', 'failed']);
    expect(refused.cause).toContain('AccessDenied');
    w.inner.machine.redrive(refused.name);
    expect((await w.ended(refused.name)).status).toBe('SUCCEEDED');
    const done = (await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done');
    expect(done).toHaveLength(PARTS);
  });

  it('waits for fresh credentials if a token expires in the middle of a batch, and sends no recorded part again', async () => {
    const expired = { operation: 'UploadPart', skip: 5, times: 2, fault: refuse(400, 'ExpiredToken') };
    const w = await faultyWorld({ target: [expired] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED', transfer: { state: 'copied' } });
  });

  it('ends as Stalled if nobody renews an expired token, and the message names Expired', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(400, 'ExpiredToken') }] });
    const { error, cause, transfer } = await w.copy({ patienceSeconds: 0 });
    expect([error, transfer.state]).toEqual(['Stalled', 'failed']);
    expect(cause).toMatch(/The last error: Expired: .*400 ExpiredToken/);
  });

  it('fails as Refused at once for an invalid token', async () => {
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 5, fault: refuse(400, 'InvalidToken') }] });
    expect((await w.copy()).error).toBe('Refused');
  });

  it('takes IncompleteBody for a broken connection, though it is a 400', async () => {
    const w = await faultyWorld({ target: once(refuse(400, 'IncompleteBody', half)) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('succeeds even if the first sending of a part finishes after the second', async () => {
    const until = { operation: 'UploadPart', partNumber: 3, done: 1 };
    const late: Temper = [
      { operation: 'UploadPart', partNumber: 3, times: 1, fault: { kind: 'wait', moment: 'received', until } },
    ];
    const w = await faultyWorld({ target: late, speed: 60 });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    const sendings = (await w.target.requests('UploadPart')).filter(({ partNumber }) => partNumber === 3);
    expect(sendings).toHaveLength(2);
  });

  it('sends an object that goes as one request again if the answer was lost', async () => {
    const w = await faultyWorld({
      canary: false,
      target: [{ operation: 'PutObject', times: 1, fault: { kind: 'reset', moment: 'applied' } }],
    });
    const { status, transfer } = await w.copy({ multipartThresholdBytes: PART * PARTS, overwrite: 'never' });
    expect([status, transfer.method]).toEqual(['SUCCEEDED', 'whole']);
  });

  it('aborts the uploads that the target begins before it answers with an error', async () => {
    const fault = refuse(500, 'InternalError', 'applied');
    const w = await faultyWorld({ target: [{ operation: 'CreateMultipartUpload', times: 2, fault }], speed: 1 });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.target.requests('AbortMultipartUpload')).toHaveLength(2);
  });

  it('does not abort an upload of the same key that another program has begun meanwhile, and that has parts', async () => {
    const fault = refuse(500, 'InternalError', 'applied');
    const w = await faultyWorld({
      target: [{ operation: 'CreateMultipartUpload', skip: 1, times: 2, fault }],
      speed: 1,
    });
    const upload = { Bucket: 'data', Key: 'y' };
    const { UploadId } = await w.target.client.send(new CreateMultipartUploadCommand(upload));
    const part = { ...upload, UploadId, PartNumber: 1, Body: Buffer.from('theirs') };
    await w.target.client.send(new UploadPartCommand(part));
    await expect(w.copy()).rejects.toThrow(/open uploads/);
    expect(await w.target.openUploads()).toEqual([UploadId]);
  });

  it('begins only one upload if the target fails the first CreateMultipartUpload', async () => {
    const w = await faultyWorld({
      target: [{ operation: 'CreateMultipartUpload', times: 1, fault: refuse(500, 'InternalError') }],
    });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });
});

type Etagged = { ETag?: string | undefined };

/** Behind this client, part ETags are as a gateway makes them: it answers with its own words and takes them back. */
function opaqueEtags(client: S3Client): void {
  const tell = (part: Etagged) => {
    if (part.ETag !== undefined) part.ETag = `"op-${part.ETag.replaceAll('"', '')}"`;
  };
  const take = (part: Etagged) => {
    part.ETag = part.ETag?.replace('op-', '');
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      const { MultipartUpload } = args.input as { MultipartUpload?: { Parts?: Etagged[] } };
      for (const part of MultipartUpload?.Parts ?? []) take(part);
      const answer = await next(args);
      const output = answer.output as Etagged & { Parts?: Etagged[]; AcceptRanges?: string };
      for (const part of output.Parts ?? []) tell(part);
      if (/^"[0-9a-f]{32}"$/.test(output.ETag ?? '') && output.AcceptRanges === undefined) tell(output);
      return answer;
    },
    { step: 'initialize' },
  );
}
