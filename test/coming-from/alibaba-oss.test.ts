import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { viewOf } from '../../functions/transfer/views/view.ts';
import { hangingUp } from '../providers/cases/case.ts';
import { arrivedAs, failedAs, succeeded } from '../providers/claims.ts';
import { type PushWishes, pushTrial } from '../providers/push-trial.ts';
import { partsOf, trialTo } from '../providers/trial.ts';
import { atOnce, begunBySdk, killedAfter, partsSent, providerOf } from './moved.ts';

const bench = providerOf('oss');

describe('Alibaba OSS, resumable_upload(bucket, key, filename, store, multipart_threshold, part_size, progress_callback, num_threads)', () => {
  it('store: after a crash the transfer continues from the stack’s checkpoint, without a directory or a process of the caller', async () => {
    const heal = bench().proxy.trouble(hangingUp('store', 'UploadPart', 3));
    const trial = trialTo(bench(), 'store', { content: partsOf(bench(), 5) });
    const crashed = await trial.copy();
    heal();
    expect(crashed.transfer.uploadId).toBeDefined();
    succeeded(await trial.redrive(crashed));
    const taken = bench()
      .proxy.asked('store', 'UploadPart')
      .filter(({ status }) => status === 200);
    expect(taken.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4, 5]);
  });

  it('store: a resume asks the object store, and sends a part again that is missing there although it was recorded', async () => {
    const heal = bench().proxy.trouble(hangingUp('gone', 'UploadPart', 3));
    const trial = trialTo(bench(), 'gone', { content: partsOf(bench(), 3) });
    const crashed = await trial.copy();
    heal();
    const withoutTheFirst = (text: string) => text.replace(/<Part><PartNumber>1<.*?<\/Part>/s, '');
    let looks = 0;
    onTestFinished(
      bench().proxy.trouble({
        on: ['ListParts'],
        answer: (reply) => (++looks === 1 ? { ...reply, text: withoutTheFirst(reply.text ?? '') } : reply),
      }),
    );
    succeeded(await trial.redrive(crashed));
    const taken = bench()
      .proxy.asked('gone', 'UploadPart')
      .filter(({ status }) => status === 200);
    expect(taken.map(({ partNumber }) => partNumber).toSorted()).toEqual([1, 1, 2, 3]);
  });

  it.each([
    ['as large as multipartThresholdBytes goes as one request', 0, 0],
    ['one byte larger goes in parts; there it would at the threshold itself', 1, 2],
  ])('multipart_threshold: an object %s', async (_, more, parts) => {
    const key = `threshold-${more}`;
    const trial = trialTo(bench(), key, { content: randomBytes(150 * KiB + more) });
    succeeded(await trial.copy({ multipartThresholdBytes: 150 * KiB }));
    expect(partsSent(bench(), key)).toHaveLength(parts);
  });

  it('part_size: 100 KiB, the least of OSS, is accepted, and less is refused before a byte moves', async () => {
    const content = randomBytes(250 * KiB);
    const end = await trialTo(bench(), 'part-size', { content }).copy({ partBytes: 100 * KiB });
    expect(end.transfer.plan).toEqual({ objectBytes: 250 * KiB, partBytes: 100 * KiB, partCount: 3 });
    failedAs(await trialTo(bench(), 'less', { content }).copy({ partBytes: 100 * KiB - 1 }), 'InvalidRequest');
  });

  it('progress_callback(consumed_bytes, total_bytes): the description of a transfer has both numbers', async () => {
    const heal = bench().proxy.trouble(hangingUp('progress', 'UploadPart', 2));
    const trial = trialTo(bench(), 'progress', { content: partsOf(bench(), 2) });
    const { transfer } = await trial.copy();
    heal();
    const { progress } = viewOf(transfer, await trial.world.ports.checkpoints.reports(transfer.transferId));
    expect([progress.bytesCopied, progress.bytesTotal]).toEqual([100 * KiB, 100 * KiB + 1000]);
  });

  it('num_threads: partsAtOnce needs no second setting for a pool of connections', async () => {
    const counted = atOnce('threads');
    onTestFinished(bench().proxy.trouble(counted.rule));
    const trial = trialTo(bench(), 'threads', { content: partsOf(bench(), 16) });
    // There is only one batch, and so one Lambda. More batches at once would add more parts at once.
    succeeded(await trial.copy({ partsAtOnce: 8, batchesAtOnce: 1 }));
    expect(counted.most()).toBeGreaterThan(1);
    expect(counted.most()).toBeLessThanOrEqual(8);
  });

  it('headers: x-oss-forbid-overwrite refuses to replace an object, but not the transfer’s own', async () => {
    const asked = { multipartThresholdBytes: MiB, headers: { 'x-oss-forbid-overwrite': 'true' } };
    let lost = 1;
    onTestFinished(
      bench().proxy.trouble({
        on: ['PutObject'],
        answer: (reply, ask) => (ask.key === 'guarded' && lost-- > 0 ? 'hang up' : reply),
      }),
    );
    const trial = trialTo(bench(), 'guarded');
    succeeded(await trial.copy({ ...asked, patienceSeconds: 60 }));
    // The proxy does not note the first one, whose answer was lost.
    const [second] = bench().proxy.asked('guarded', 'PutObject');
    expect([lost, second?.headers['x-oss-forbid-overwrite']]).toEqual([-1, undefined]);
    failedAs(await trialTo(bench(), 'guarded').copy(asked), 'TargetExists');
  });

  it('adopts the upload that a checkpoint of the SDK names, with its part size', async () => {
    const content = randomBytes(3 * MiB);
    const pieces = [content.subarray(0, MiB), content.subarray(MiB, 2 * MiB)];
    const { uploadId } = await begunBySdk(bench(), 'taken-over', pieces);
    const trial = trialTo(bench(), 'taken-over', { content });
    succeeded(await trial.copy({ partBytes: MiB, resumeFrom: { uploadId, partBytes: MiB } }));
    expect(partsSent(bench(), 'taken-over')).toEqual([1, 2, 3]); // The SDK sent the first two.
    expect(await bench().behind.get('taken-over')).toEqual(content);
  });
});

describe('Alibaba OSS, resumable_upload of a local filename', () => {
  it('filename, store: after a crash any computer with the file can continue, and needs no directory', async () => {
    const content = partsOf(bench(), 5);
    const trial = pushTrial(bench(), 'filename');
    await expect(trial.file(content, { name: 'D:\\localpath\\examplefile.txt', ...killedAfter(3) })).rejects.toThrow(
      'killed',
    );
    succeeded(await trial.file(content, { name: 'moved-elsewhere.txt' }));
    expect(partsSent(bench(), 'filename').toSorted()).toEqual([1, 2, 3, 4, 5]);
    await arrivedAs(bench(), 'filename', content);
  });

  it.each([
    ['as large as multipartThresholdBytes goes as one request', 0, 0],
    ['one byte larger goes in parts', 1, 2],
  ])('multipart_threshold: a file %s', async (_, more, parts) => {
    const key = `file-threshold-${more}`;
    const trial = pushTrial(bench(), key);
    succeeded(await trial.file(randomBytes(150 * KiB + more), { multipartThresholdBytes: 150 * KiB }));
    expect(partsSent(bench(), key)).toHaveLength(parts);
  });

  it('headers: with x-oss-forbid-overwrite a file goes in parts, so that a lost answer looks like no other object', async () => {
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    succeeded(
      await pushTrial(bench(), 'file-guarded').file(randomBytes(KiB), { multipartThresholdBytes: MiB, headers }),
    );
    const [begun] = bench().proxy.asked('file-guarded', 'CreateMultipartUpload');
    expect(begun?.headers).toMatchObject(headers);
  });

  it('progress_callback(consumed_bytes, total_bytes), part_size, num_threads: have the same meaning for a file as for an object', async () => {
    const counted = atOnce('file-threads');
    onTestFinished(bench().proxy.trouble(counted.rule));
    const consumed: number[] = [];
    const content = partsOf(bench(), 8);
    const onProgress: PushWishes['onProgress'] = ({ bytesDone, bytesInFlight }) =>
      void consumed.push(bytesDone + bytesInFlight);
    const end = await pushTrial(bench(), 'file-threads').file(content, {
      partBytes: 100 * KiB,
      partsAtOnce: 4,
      onProgress,
    });
    succeeded(end);
    expect([end.transfer.plan?.partCount, consumed.at(-1)]).toEqual([8, content.length]);
    expect(consumed).toEqual(consumed.toSorted((one, other) => one - other));
    expect(counted.most()).toBeLessThanOrEqual(4);
  });
});
