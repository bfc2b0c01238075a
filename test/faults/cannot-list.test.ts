import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { listOpenUploads } from '../../functions/engine/calls/open-uploads.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { faultyWorld, PART, PARTS } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const refuse = (status: number, code: string): Fault => ({ kind: 'refuse', moment: 'before', status, code });
const notImplemented = refuse(501, 'NotImplemented');
const never = (operation: string, fault = notImplemented): Temper => [{ operation, fault }];
/** The store has lost the upload, and does not list parts, so nobody sees that. */
const lostUnseen: Temper = [
  ...never('ListParts'),
  { operation: 'UploadPart', skip: 3, times: 1, fault: { kind: 'expire' } },
];

describe('A store that answers that it cannot list, though its profile says that it can', () => {
  it.each([
    ['501 NotImplemented', notImplemented],
    ['405 MethodNotAllowed', refuse(405, 'MethodNotAllowed')],
  ])('(%s) gets every part once, because Partway uses the checkpoint alone and logs that', async (_, fault) => {
    const logged: string[] = [];
    const w = await faultyWorld({ target: never('ListParts', fault) });
    Object.assign(w.inner.ports, { log: (message: string) => logged.push(message) });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 0, 1]);
    expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
    expect(logged.filter((message) => message.includes('only the checkpoint says')).length).toBeGreaterThan(0);
  });

  it('gets no recorded part again after a redrive', async () => {
    const broken: Temper = [{ operation: 'UploadPart', skip: 3, fault: refuse(403, 'AccessDenied') }];
    const w = await faultyWorld({ target: [...never('ListParts'), ...broken] });
    const failed = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect(failed.error).toBe('Refused');
    await w.target.temper(never('ListParts'));
    w.inner.machine.redrive(failed.name);
    expect((await w.ended(failed.name)).status).toBe('SUCCEEDED');
  });

  it('gets another upload if Complete refuses a part, because nobody can find out which one', async () => {
    const stale: Temper = [{ operation: 'CompleteMultipartUpload', times: 1, fault: refuse(400, 'InvalidPart') }];
    const w = await faultyWorld({ target: [...never('ListParts'), ...stale] });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 2]);
    expect(await w.target.requests('UploadPart')).toHaveLength(2 * PARTS);
  });

  it('gets another upload if it has lost the first', async () => {
    const w = await faultyWorld({ target: lostUnseen });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 2]);
  });

  it('gets aborts for a minute, so that nothing is left', async () => {
    const changing: Temper = [{ operation: 'GetObject', skip: 3, times: 1, fault: { kind: 'rewrite' } }];
    const w = await faultyWorld({ source: changing, target: never('ListParts'), speed: 100 });
    // This clock runs so fast that a week of it is ten real minutes.
    const { error, transfer } = await w.copy({ patienceSeconds: 7 * 24 * 3600 });
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
    expect(await w.target.requests('AbortMultipartUpload')).toHaveLength(30);
  });

  it('cannot be the target of an adopted upload, and the request is refused before a byte moves', async () => {
    const w = await faultyWorld();
    const begin = new CreateMultipartUploadCommand({ Bucket: 'data', Key: 'y' });
    const { UploadId = '' } = await w.target.client.send(begin);
    await w.target.temper(never('ListParts'));
    const { error, cause } = await w.copy({ resumeFrom: { uploadId: UploadId, partBytes: PART } });
    expect([error, cause]).toEqual(['InvalidRequest', expect.stringContaining('cannot list parts')]);
    expect(await w.target.requests('UploadPart')).toEqual([]);
  });

  it('makes the sweep and the list of uploads say that they cannot see its uploads', async () => {
    const { inner, target } = await faultyWorld();
    await target.temper(never('ListMultipartUploads', refuse(405, 'MethodNotAllowed')));
    const { skipped } = await sweep(inner.ports)({ dryRun: true });
    expect(skipped).toContainEqual({ what: 'b:data/', why: expect.stringContaining('cannot list its uploads') });
    const listing = listOpenUploads(inner.ports)({ endpoint: 'b', bucket: 'data' });
    await expect(listing).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('cannot list its uploads'),
    });
  });

  it('passes the check of its endpoint, which says what it cannot do', async () => {
    const { inner, target } = await faultyWorld();
    await target.temper([...never('ListParts'), ...never('ListMultipartUploads')]);
    const { checks } = await checkEndpoint(inner.ports)('b');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const advised = checks.flatMap(({ call, advice }) => (advice ? [[call, advice]] : []));
    expect(advised).toEqual([
      ['ListParts', expect.stringContaining('only the checkpoint says')],
      ['ListMultipartUploads', expect.stringContaining('the sweep')],
    ]);
  });
});
