import { describe, expect, it, onTestFinished } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { hangingUp } from '../providers/cases/case.ts';
import { arrivedAs, succeeded } from '../providers/claims.ts';
import { pushTrial } from '../providers/push-trial.ts';
import { partsOf, trialTo } from '../providers/trial.ts';
import { askedFor, atOnce, begunBySdk, killedAfter, partsSent, providerOf, refusingPart } from './moved.ts';

const bench = providerOf('us3');
const blocksize = 8 * MiB; // The S3 endpoint takes this size. The native API takes 4 MiB.
const blocks = (content: Buffer, count: number) =>
  Array.from({ length: count }, (_, index) => content.subarray(index * blocksize, (index + 1) * blocksize));

describe('UCloud US3, uploadfile(bucket, key, localfile, maxthread=4, retrycount=3, retryinterval=5, header=None)', () => {
  it('has the same defaults: 4 parts at once, 3 retries of a part, 5 seconds before the first', () => {
    const { partsAtOnce, retry } = askedFor();
    expect([partsAtOnce, retry.count, retry.intervalSeconds]).toEqual([4, 3, 5]);
  });

  it('maxthread: partsAtOnce sets how many parts are sent at the same time', async () => {
    const counted = atOnce('maxthread');
    onTestFinished(bench().proxy.trouble(counted.rule));
    const trial = trialTo(bench(), 'maxthread', { content: partsOf(bench(), 3) });
    succeeded(await trial.copy({ partsAtOnce: 2 }));
    expect(counted.most()).toBe(2);
  });

  it('retrycount, retryinterval: a part that fails is sent again, and only that one', async () => {
    onTestFinished(bench().proxy.trouble(refusingPart('retrycount', 2, 2, 500, 'InternalError')));
    const trial = trialTo(bench(), 'retrycount', { content: partsOf(bench(), 3) });
    succeeded(await trial.copy({ retry: { count: 2, intervalSeconds: 0.01 } }));
    expect(partsSent(bench(), 'retrycount')).toEqual([1, 2, 2, 2, 3]);
  });

  it('retrycount: after these retries the batch and the next round try again, where the SDK gives up', async () => {
    onTestFinished(bench().proxy.trouble(refusingPart('more', 1, 3, 500, 'InternalError')));
    succeeded(await trialTo(bench(), 'more').copy({ retry: { count: 0 }, patienceSeconds: 60 }));
    expect(partsSent(bench(), 'more')).toEqual([1, 1, 1, 1]);
  });

  it('header: content headers and metadata have their own fields, and the object gets them', async () => {
    const wishes = { cacheControl: 'max-age=60', metadata: { author: 'somebody' } };
    succeeded(await trialTo(bench(), 'header').copy(wishes));
    const { CacheControl, Metadata } = (await bench().behind.head('header')) ?? {};
    expect([CacheControl, Metadata?.author]).toEqual(['max-age=60', 'somebody']);
  });

  it.each([
    ['in parts', {}, 'CreateMultipartUpload'],
    ['as one request', { multipartThresholdBytes: 64 * MiB }, 'PutObject'],
  ])(
    'header: another header, such as User-Agent, goes with the request that creates the object %s',
    async (way, wishes, operation) => {
      const key = `agent ${way}`;
      succeeded(await trialTo(bench(), key).copy({ ...wishes, headers: { 'User-Agent': 'Google Chrome' } }));
      const [created] = bench().proxy.asked(key, operation);
      expect(created?.headers['user-agent']).toBe('Google Chrome');
    },
  );

  it('header: what belongs to the signature is refused by its name before a byte moves', () => {
    expect(() => askedFor({ headers: { Authorization: 'UCloud hush:hush' } })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^(?!.*hush).*`headers.Authorization`: .*signature/) }),
    );
  });
});

describe('UCloud US3, resumeuploadfile(retrycount, retryinterval, bucket, key, uploadid, blocksize, etaglist, localfile, pausepartnumber, mime_type, header)', () => {
  it('while resp.status_code == -1: the same request tries again by itself as long as patience lasts', async () => {
    const heal = bench().proxy.trouble(hangingUp('minus-one', 'UploadPart', 2));
    const trial = trialTo(bench(), 'minus-one', { content: partsOf(bench(), 3) });
    const end = await trial.copy();
    heal();
    expect([end.error, end.cause]).toEqual(['Stalled', expect.stringContaining('The last error: Unreachable')]);
    succeeded(await trial.redrive(end));
    expect(partsSent(bench(), 'minus-one').filter((partNumber) => partNumber === 1)).toEqual([1]);
  });

  it('uploadid, blocksize, etaglist, pausepartnumber: the transfer continues at the first missing part, counted from 1', async () => {
    const content = partsOf(bench(), 3);
    const { uploadId, etags } = await begunBySdk(bench(), 'resumed', blocks(content, 2));
    const pausepartnumber = etags.length; // The SDK counts from 0, so this is the third part.
    const parts = etags.map((etag, index) => ({ partNumber: index + 1, etag }));
    const resumeFrom = { uploadId, partBytes: blocksize, parts, firstMissingPart: pausepartnumber + 1 };
    const end = await trialTo(bench(), 'resumed', { content }).copy({ resumeFrom });
    succeeded(end);
    expect(partsSent(bench(), 'resumed')).toEqual([1, 2, 3]); // The SDK sent the first two.
    expect(await bench().behind.get('resumed')).toEqual(content);
    expect(end.transfer.receipt?.proofs.join()).toContain('2 adopted parts');
  });

  it('etaglist: a part whose ETag differs from the store’s list is sent again, where the SDK would complete it', async () => {
    const content = partsOf(bench(), 2);
    const { uploadId, etags } = await begunBySdk(bench(), 'replaced', [
      Buffer.alloc(blocksize),
      ...blocks(content, 2).slice(1),
    ]);
    const parts = [
      { partNumber: 1, etag: 'of-what-was-there-before' },
      { partNumber: 2, etag: etags[1] ?? '' },
    ];
    const resumeFrom = { uploadId, partBytes: blocksize, parts };
    succeeded(await trialTo(bench(), 'replaced', { content }).copy({ resumeFrom }));
    expect(partsSent(bench(), 'replaced')).toEqual([1, 2, 1]);
    expect(await bench().behind.get('replaced')).toEqual(content);
  });

  it('blocksize: the native API’s 4 MiB are refused before a byte moves, because the S3 endpoint takes only 8 MiB', async () => {
    const { uploadId } = await begunBySdk(bench(), 'native', []);
    const resumeFrom = { uploadId, partBytes: 4 * MiB };
    const trial = trialTo(bench(), 'native', { content: partsOf(bench(), 2) });
    const end = await trial.copy({ partBytes: 4 * MiB, resumeFrom });
    expect([end.error, partsSent(bench(), 'native')]).toEqual(['InvalidRequest', []]);
  });

  it('mime_type: is called contentType', async () => {
    succeeded(await trialTo(bench(), 'mime').copy({ contentType: 'video/mp4' }));
    expect((await bench().behind.head('mime'))?.ContentType).toBe('video/mp4');
  });
});

describe('UCloud US3, uploadfile and resumeuploadfile of a localfile', () => {
  it('localfile: its blocks of 8 MiB go directly to the store', async () => {
    const content = partsOf(bench(), 3);
    const end = await pushTrial(bench(), 'localfile').file(content);
    succeeded(end);
    await arrivedAs(bench(), 'localfile', content);
    expect(end.transfer.plan).toMatchObject({ partBytes: blocksize, partCount: 3 });
  });

  it('maxthread, retrycount, retryinterval, header, mime_type: have the same meaning for a file as for an object', async () => {
    const counted = atOnce('local-options');
    onTestFinished(bench().proxy.trouble(counted.rule));
    onTestFinished(bench().proxy.trouble(refusingPart('local-options', 2, 2, 500, 'InternalError')));
    const wishes = { partsAtOnce: 2, retry: { count: 2, intervalSeconds: 0.01 } };
    const fields = { contentType: 'video/mp4', cacheControl: 'max-age=60', metadata: { author: 'somebody' } };
    const described = { ...fields, headers: { 'User-Agent': 'Google Chrome' } };
    succeeded(await pushTrial(bench(), 'local-options').file(partsOf(bench(), 3), { ...wishes, ...described }));
    expect(counted.most()).toBe(2);
    expect(partsSent(bench(), 'local-options').toSorted()).toEqual([1, 2, 2, 2, 3]);
    const { ContentType, CacheControl, Metadata } = (await bench().behind.head('local-options')) ?? {};
    expect([ContentType, CacheControl, Metadata?.author]).toEqual(['video/mp4', 'max-age=60', 'somebody']);
    const [begun] = bench().proxy.asked('local-options', 'CreateMultipartUpload');
    expect(begun?.headers['user-agent']).toBe('Google Chrome');
  });

  it('while resp.status_code == -1: the same command again sends the first missing part and those after it', async () => {
    const content = partsOf(bench(), 3);
    const trial = pushTrial(bench(), 'local-resumed');
    await expect(trial.file(content, killedAfter(2))).rejects.toThrow('killed');
    succeeded(await trial.file(content));
    expect(partsSent(bench(), 'local-resumed')).toEqual([1, 2, 3]);
    await arrivedAs(bench(), 'local-resumed', content);
  });
});

describe('UCloud US3, uploadstream and resumeuploadstream', () => {
  it('stream: needs no length, and the receipt has it', async () => {
    const content = partsOf(bench(), 2);
    const end = await pushTrial(bench(), 'stream').stream(content, { contentType: 'video/mp4' });
    succeeded(end);
    await arrivedAs(bench(), 'stream', content);
    expect(end.transfer.receipt?.bytes).toBe(content.length);
    expect((await bench().behind.head('stream'))?.ContentType).toBe('video/mp4');
  });

  it('resumeuploadstream: the stream is given again from its beginning, and confirmed parts are compared, not sent', async () => {
    const content = partsOf(bench(), 3);
    const trial = pushTrial(bench(), 'stream-resumed');
    await expect(trial.stream(content, killedAfter(2))).rejects.toThrow('killed');
    succeeded(await trial.stream(content));
    expect(partsSent(bench(), 'stream-resumed')).toEqual([1, 2, 3]);
    await arrivedAs(bench(), 'stream-resumed', content);
  });

  it('pausepartnumber, etaglist: are not needed, and of a stream with other bytes only the changed parts are sent', async () => {
    const content = partsOf(bench(), 3);
    const other = Buffer.concat([Buffer.alloc(1000), content.subarray(1000)]);
    const trial = pushTrial(bench(), 'stream-other');
    await expect(trial.stream(content, killedAfter(2))).rejects.toThrow('killed');
    succeeded(await trial.stream(other));
    expect(partsSent(bench(), 'stream-other')).toEqual([1, 2, 1, 3]);
    await arrivedAs(bench(), 'stream-other', other);
  });
});
