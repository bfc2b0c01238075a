import { describe, expect, it } from 'vitest';
import { listParts } from '../../functions/engine/calls/describe-transfer.ts';
import { abortOpenUpload, listOpenUploads } from '../../functions/engine/calls/open-uploads.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { BUCKET } from '../providers/bench.ts';
import { hangingUp } from '../providers/cases/case.ts';
import { arrivedAs, succeeded } from '../providers/claims.ts';
import { pushTrial } from '../providers/push-trial.ts';
import { partsOf, trialTo } from '../providers/trial.ts';
import { begunBySdk, killedAfter, partsSent, providerOf } from './moved.ts';

const bench = providerOf('ks3');
const place = { endpoint: 'b', bucket: BUCKET };

describe('Kingsoft KS3, initiate_multipart_upload, upload_part_from_file, complete_upload', () => {
  it.each(['STANDARD', 'STANDARD_IA'])('x-kss-storage-class: storageClass asks for %s', async (storageClass) => {
    const key = `class-${storageClass}`;
    succeeded(await trialTo(bench(), key).copy({ storageClass }));
    const [begun] = bench().proxy.asked(key, 'CreateMultipartUpload');
    expect(begun?.headers['x-amz-storage-class']).toBe(storageClass);
  });

  it('chunk_size: all parts but the last have this size, their numbers begin at 1, and Complete lists them all', async () => {
    const content = partsOf(bench(), 3);
    const end = await trialTo(bench(), 'chunks', { content }).copy({ partBytes: 5 * MiB });
    succeeded(end);
    expect(end.transfer.plan).toEqual({ objectBytes: content.length, partBytes: 5 * MiB, partCount: 3 });
    const sizes = bench()
      .proxy.asked('chunks', 'UploadPart')
      .map(({ partNumber, headers }) => [partNumber, Number(headers['content-length'])]);
    expect(sizes.toSorted()).toEqual([
      [1, 5 * MiB],
      [2, 5 * MiB],
      [3, 1000],
    ]);
  });

  it('ret.status == 200: corresponds to the state copied, which a transfer gets after the store has shown the object', async () => {
    const end = await trialTo(bench(), 'completed').copy();
    expect([end.status, end.transfer.state]).toEqual(['SUCCEEDED', 'copied']);
    expect(bench().proxy.asked('completed', 'HeadObject').at(-1)?.status).toBe(200);
  });
});

describe('Kingsoft KS3, get_all_parts(part_number_marker)', () => {
  it('part_number_marker: only parts after this number are listed', async () => {
    const heal = bench().proxy.trouble(hangingUp('parts', 'UploadPart', 4));
    const trial = trialTo(bench(), 'parts', { content: partsOf(bench(), 4) });
    const { transfer } = await trial.copy();
    heal();
    const page = async (query: object) =>
      (await listParts(trial.world.ports)(transfer.transferId, query)).parts.map(({ partNumber }) => partNumber);
    expect([await page({}), await page({ after: '2' })]).toEqual([[1, 2, 3], [3]]);
  });
});

describe('Kingsoft KS3, get_all_multipart_uploads, list_multipart_uploads(key_marker), cancel_upload', () => {
  it('lists every upload in progress, or those after a key, and cancels each', async () => {
    for (const key of ['uploads/1', 'uploads/2', 'uploads/3']) await begunBySdk(bench(), key, []);
    const { ports } = trialTo(bench(), 'uploads').world;
    // The endpoint of this test allows the whole bucket.
    const list = async (markers: object) =>
      (await listOpenUploads(ports)({ ...place, prefix: 'uploads/', ...markers })).uploads;
    expect((await list({})).map(({ key }) => key)).toEqual(['uploads/1', 'uploads/2', 'uploads/3']);
    const behind = await list({ keyMarker: 'uploads/1' });
    expect(behind.map(({ key }) => key)).toEqual(['uploads/2', 'uploads/3']);
    for (const { key, uploadId } of await list({})) await abortOpenUpload(ports)({ ...place, key, uploadId });
    expect(await list({})).toEqual([]);
    const [again] = behind;
    // An unknown id is an error. Otherwise a person who mistypes an id would believe that the parts are gone.
    await expect(abortOpenUpload(ports)({ ...place, ...again })).rejects.toMatchObject({ name: 'NotFound' });
  });
});

describe('Kingsoft KS3, upload_part_from_file(fp, part_num) of a source_path', () => {
  it('chunk_size, part_num, complete_upload: one command divides, sends and completes, and continues after a crash', async () => {
    const content = partsOf(bench(), 3);
    const trial = pushTrial(bench(), 'source-path');
    const wishes = { partBytes: 5 * MiB, storageClass: 'STANDARD' };
    await expect(trial.file(content, { ...wishes, ...killedAfter(2) })).rejects.toThrow('killed');
    const { parts } = await listParts(trial.world.ports)(await trial.transferId(), {});
    expect(parts.map(({ partNumber, bytes }) => [partNumber, bytes])).toEqual([
      [1, 5 * MiB],
      [2, 5 * MiB],
    ]);
    succeeded(await trial.file(content, wishes));
    expect(partsSent(bench(), 'source-path')).toEqual([1, 2, 3]);
    await arrivedAs(bench(), 'source-path', content);
  });

  it('cancel_upload: an abort removes the pushed parts', async () => {
    const trial = pushTrial(bench(), 'cancelled');
    await expect(trial.file(partsOf(bench(), 3), killedAfter(1))).rejects.toThrow('killed');
    const transferId = await trial.transferId();
    await requestAbort(trial.world.ports)(transferId);
    await trial.world.settled(`${transferId}-1`);
    expect(await bench().behind.openUploads('cancelled')).toEqual([]);
  });
});
