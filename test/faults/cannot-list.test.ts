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
/** The upload is not there, and the store cannot say so. */
const lostUnseen: Temper = [
  ...never('ListParts'),
  { operation: 'UploadPart', skip: 3, times: 1, fault: { kind: 'expire' } },
];

describe('A store whose kind lists parts, and which answers that it cannot', () => {
  it.each([
    ['501 NotImplemented', notImplemented],
    ['405 MethodNotAllowed', refuse(405, 'MethodNotAllowed')],
  ])('(%s) gets every part once, by the checkpoint alone, and the log says so', async (_, fault) => {
    const logged: string[] = [];
    const w = await faultyWorld({ target: never('ListParts', fault) });
    Object.assign(w.inner.ports, { log: (message: string) => logged.push(message) });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 0, 1]);
    expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
    expect(logged.filter((message) => message.includes('only the checkpoint says')).length).toBeGreaterThan(0);
  });

  it('goes on after a redrive without sending a part that was recorded', async () => {
    const broken: Temper = [{ operation: 'UploadPart', skip: 3, fault: refuse(403, 'AccessDenied') }];
    const w = await faultyWorld({ target: [...never('ListParts'), ...broken] });
    const failed = await w.copy({ partsAtOnce: 1, batchesAtOnce: 1 });
    expect(failed.error).toBe('Refused');
    await w.target.temper(never('ListParts'));
    w.inner.machine.redrive(failed.name);
    expect((await w.ended(failed.name)).status).toBe('SUCCEEDED');
  });

  it('gets another upload when Complete refuses a part, since nobody can say which', async () => {
    const stale: Temper = [{ operation: 'CompleteMultipartUpload', times: 1, fault: refuse(400, 'InvalidPart') }];
    const w = await faultyWorld({ target: [...never('ListParts'), ...stale] });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 2]);
    expect(await w.target.requests('UploadPart')).toHaveLength(2 * PARTS);
  });

  it('gets another upload when it has lost the first', async () => {
    const w = await faultyWorld({ target: lostUnseen });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.uploads]).toEqual(['SUCCEEDED', 2]);
  });

  it('is told to abort for a minute, and nothing is left', async () => {
    const changing: Temper = [{ operation: 'GetObject', skip: 3, times: 1, fault: { kind: 'rewrite' } }];
    const w = await faultyWorld({ source: changing, target: never('ListParts'), speed: 1000 });
    // A week of this clock is ten minutes of a busy machine's.
    const { error, transfer } = await w.copy({ patienceSeconds: 7 * 24 * 3600 });
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
    expect(await w.target.requests('AbortMultipartUpload')).toHaveLength(30);
  });

  it('adopts no upload that was begun elsewhere, and says why before a byte moves', async () => {
    const w = await faultyWorld();
    const begin = new CreateMultipartUploadCommand({ Bucket: 'data', Key: 'y' });
    const { UploadId = '' } = await w.target.client.send(begin);
    await w.target.temper(never('ListParts'));
    const { error, cause } = await w.copy({ resumeFrom: { uploadId: UploadId, partBytes: PART } });
    expect([error, cause]).toEqual(['InvalidRequest', expect.stringContaining('cannot list parts')]);
    expect(await w.target.requests('UploadPart')).toEqual([]);
  });

  it('has uploads that the sweep and the list of uploads say they cannot see', async () => {
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

  it('passes the check of its endpoint, which says what cannot be done with it', async () => {
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
