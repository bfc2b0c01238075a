import { describe, expect, it, onTestFinished } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { viewOf } from '../../functions/transfer/views/view.ts';
import { BUCKET } from '../providers/bench.ts';
import { hangingUp, onceBefore } from '../providers/cases/case.ts';
import { arrivedAs, failedAs, succeeded } from '../providers/claims.ts';
import { pushTrial } from '../providers/push-trial.ts';
import { partsOf, small, trialTo } from '../providers/trial.ts';
import { askedFor, begunBySdk, killedAfter, partsSent, providerOf, refusingPart } from './moved.ts';

const bench = providerOf('obs');

describe('Huawei OBS, uploadFile(bucketName, objectKey, uploadFile, partSize, taskNum, enableCheckpoint, checkpointFile, checkSum, metadata, progressCallback, headers)', () => {
  it('partSize: the SDK’s default of 9 MiB is used if asked for; otherwise the object’s size decides', async () => {
    const trial = trialTo(bench(), 'part-size', { content: partsOf(bench(), 3) });
    expect((await trial.copy({ partBytes: 9 * MiB })).transfer.plan).toMatchObject({
      partBytes: 9 * MiB,
      partCount: 2,
    });
    expect(askedFor().partBytes).toBeUndefined();
  });

  it('taskNum: the default is 4, not 1 as in the SDK', () => {
    expect(askedFor().partsAtOnce).toBe(4);
    expect(askedFor({ partsAtOnce: 1 }).partsAtOnce).toBe(1);
  });

  it('enableCheckpoint, checkpointFile: every transfer has a checkpoint for each part, and no request can set either', async () => {
    expect(() => askedFor({ enableCheckpoint: true } as object)).toThrow(/enableCheckpoint/);
    const heal = bench().proxy.trouble(hangingUp('checkpoint', 'UploadPart', 2));
    const trial = trialTo(bench(), 'checkpoint', { content: partsOf(bench(), 2) });
    const { transfer } = await trial.copy();
    heal();
    const { checkpoints } = trial.world.ports;
    const parts = await checkpoints.parts(transfer.transferId, transfer.uploadId ?? '', 1, 2);
    expect(parts.map(({ partNumber, bytes }) => [partNumber, bytes])).toEqual([[1, 5 * MiB]]);
  });

  it('checkSum: the source is always pinned, and a change in the middle ends the transfer', async () => {
    expect(askedFor().verifySource).toBe(true);
    const trial = trialTo(bench(), 'changed', { content: partsOf(bench(), 2) });
    const change = async () => trial.world.from.put(BUCKET, 'changed', small());
    onTestFinished(bench().proxy.trouble(onceBefore('changed', 'UploadPart', change)));
    const end = await trial.copy();
    failedAs(end, 'SourceChanged');
    expect([end.transfer.state, await bench().behind.openUploads('changed')]).toEqual(['aborted', []]);
  });

  it('metadata, headers: the object has them, and the storage class that the request asks for', async () => {
    const wishes = { metadata: { author: 'somebody' }, contentType: 'video/mp4', storageClass: 'STANDARD_IA' };
    succeeded(await trialTo(bench(), 'metadata').copy(wishes));
    const { Metadata, ContentType } = (await bench().behind.head('metadata')) ?? {};
    expect([Metadata?.author, ContentType]).toEqual(['somebody', 'video/mp4']);
    const [begun] = bench().proxy.asked('metadata', 'CreateMultipartUpload');
    expect(begun?.headers['x-amz-storage-class']).toBe('STANDARD_IA');
  });

  it('headers: expires, a redirect and a life of some days, of an object', async () => {
    const headers = { 'x-obs-expires': '3', 'x-amz-website-redirect-location': '/elsewhere' };
    succeeded(await trialTo(bench(), 'lifetime').copy({ headers, expires: '2026-11-20T10:00:00Z' }));
    const [begun] = bench().proxy.asked('lifetime', 'CreateMultipartUpload');
    expect(begun?.headers).toMatchObject({ ...headers, expires: 'Fri, 20 Nov 2026 10:00:00 GMT' });
    expect((await bench().behind.head('lifetime'))?.ExpiresString).toBe('Fri, 20 Nov 2026 10:00:00 GMT');
  });

  it('progressCallback(transferredAmount, totalAmount, totalSeconds): the description of a transfer has all three', async () => {
    const heal = bench().proxy.trouble(hangingUp('progress', 'UploadPart', 2));
    const trial = trialTo(bench(), 'progress', { content: partsOf(bench(), 2) });
    const { transfer } = await trial.copy();
    heal();
    const reports = await trial.world.ports.checkpoints.reports(transfer.transferId);
    const running = { ...transfer, state: 'copying' as const };
    const { progress, elapsedSeconds } = viewOf(running, reports, transfer.createdAtMs + 90_400);
    expect([progress.bytesCopied, progress.bytesTotal, elapsedSeconds]).toEqual([5 * MiB, 5 * MiB + 1000, 90]);
    expect(viewOf(transfer, reports, transfer.createdAtMs + 90_400).elapsedSeconds).toBeLessThan(90); // The transfer has ended, so the time stops.
  });

  it('keeps the parts after a 403, where the SDK aborts the upload and deletes the checkpoint', async () => {
    const heal = bench().proxy.trouble(refusingPart('kept', 2, 1, 403, 'AccessDenied'));
    const trial = trialTo(bench(), 'kept', { content: partsOf(bench(), 2) });
    const refused = await trial.copy();
    heal();
    failedAs(refused, 'Refused');
    expect(await bench().behind.openUploads('kept')).toHaveLength(1);
    succeeded(await trial.redrive(refused));
    expect(partsSent(bench(), 'kept')).toEqual([1, 2, 2]);
  });

  it('adopts the upload that a checkpoint file of the SDK names', async () => {
    const content = partsOf(bench(), 2);
    const { uploadId } = await begunBySdk(bench(), 'taken-over', [content.subarray(0, 5 * MiB)]);
    succeeded(await trialTo(bench(), 'taken-over', { content }).copy({ resumeFrom: { uploadId, partBytes: 5 * MiB } }));
    expect(partsSent(bench(), 'taken-over')).toEqual([1, 2]); // The SDK sent the first.
  });
});

describe('Huawei OBS, uploadFile of a local file', () => {
  it('uploadFile, partSize, taskNum, enableCheckpoint: the same call again sends the missing parts', async () => {
    const content = partsOf(bench(), 3);
    const trial = pushTrial(bench(), 'local');
    const wishes = { partBytes: 9 * MiB, partsAtOnce: 1 };
    await expect(trial.file(content, { ...wishes, ...killedAfter(1) })).rejects.toThrow('killed');
    succeeded(await trial.file(content, wishes));
    expect(partsSent(bench(), 'local')).toEqual([1, 2]);
    await arrivedAs(bench(), 'local', content);
  });

  it('checkSum: with verifyParts only the changed parts of a file are sent, even if the file has its old time', async () => {
    const content = partsOf(bench(), 3);
    const changed = Buffer.from(content);
    changed.fill(0, 2 * MiB, 2 * MiB + 10); // A push is found by the first and the last MiB, so those stay.
    const trial = pushTrial(bench(), 'check-sum');
    await expect(trial.file(content, { modifiedMs: 1, ...killedAfter(2) })).rejects.toThrow('killed');
    succeeded(await trial.file(changed, { modifiedMs: 1, verifyParts: true }));
    expect(partsSent(bench(), 'check-sum')).toEqual([1, 2, 1, 3]);
    await arrivedAs(bench(), 'check-sum', changed);
  });

  it('checkSum: without verifyParts a file with another time is compared too', async () => {
    const content = partsOf(bench(), 2);
    const changed = Buffer.from(content);
    changed.fill(0, 2 * MiB, 2 * MiB + 10);
    const trial = pushTrial(bench(), 'other-time');
    await expect(trial.file(content, killedAfter(1))).rejects.toThrow('killed');
    succeeded(await trial.file(changed));
    await arrivedAs(bench(), 'other-time', changed);
  });

  it('metadata, headers: the object has them', async () => {
    const wishes = { metadata: { author: 'somebody' }, contentType: 'video/mp4', storageClass: 'STANDARD_IA' };
    succeeded(await pushTrial(bench(), 'local-metadata').file(partsOf(bench(), 2), wishes));
    const { Metadata, ContentType } = (await bench().behind.head('local-metadata')) ?? {};
    expect([Metadata?.author, ContentType]).toEqual(['somebody', 'video/mp4']);
    const [begun] = bench().proxy.asked('local-metadata', 'CreateMultipartUpload');
    expect(begun?.headers['x-amz-storage-class']).toBe('STANDARD_IA');
  });

  it.each([
    ['in parts', {}, 'CreateMultipartUpload'],
    ['as one request', { multipartThresholdBytes: 64 * MiB }, 'PutObject'],
  ])('headers: expires, and a life of some days, of a file that goes %s', async (way, wishes, operation) => {
    const key = `local-lifetime ${way}`;
    const headers = { 'x-obs-expires': '3', 'User-Agent': 'mine' };
    const asked = { ...wishes, headers, expires: '2026-11-20T10:00:00Z' };
    succeeded(await pushTrial(bench(), key).file(small(), asked));
    const [created] = bench().proxy.asked(key, operation);
    expect(created?.headers).toMatchObject({ 'x-obs-expires': '3', 'user-agent': 'mine' });
    expect((await bench().behind.head(key))?.ExpiresString).toBe('Fri, 20 Nov 2026 10:00:00 GMT');
  });

  it('keeps the parts after a 403, where the SDK aborts the upload and deletes the checkpoint', async () => {
    const heal = bench().proxy.trouble(refusingPart('local-403', 2, 99, 403, 'AccessDenied'));
    const content = partsOf(bench(), 2);
    const trial = pushTrial(bench(), 'local-403');
    await expect(trial.file(content)).rejects.toMatchObject({ name: 'Refused' });
    heal();
    succeeded(await trial.file(content));
    expect(partsSent(bench(), 'local-403').filter((partNumber) => partNumber === 1)).toEqual([1]);
  });
});
