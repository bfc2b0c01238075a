import { describe, expect, it, onTestFinished } from 'vitest';
import { listParts } from '../../functions/engine/calls/describe-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { hangingUp } from '../providers/cases/case.ts';
import { arrivedAs, succeeded } from '../providers/claims.ts';
import { pushTrial } from '../providers/push-trial.ts';
import { partsOf, trialTo } from '../providers/trial.ts';
import { askedFor, begunBySdk, partsSent, providerOf, refusingPart } from './moved.ts';

const bench = providerOf('qingstor');

describe('QingStor, initiate_multipart_upload(object_key, content_type)', () => {
  it('content_type: the object has it', async () => {
    succeeded(await trialTo(bench(), 'type').copy({ contentType: 'application/octet-stream' }));
    expect((await bench().behind.head('type'))?.ContentType).toBe('application/octet-stream');
  });
});

describe('QingStor, upload_multipart(object_key, upload_id, part_number, body)', () => {
  it('part_number: begins at 1, not at 0 as in the SDK, and a request cannot name a part 0', async () => {
    succeeded(await trialTo(bench(), 'numbers', { content: partsOf(bench(), 3) }).copy({ partBytes: 5 * MiB }));
    expect(partsSent(bench(), 'numbers').toSorted()).toEqual([1, 2, 3]);
    const parts = [{ partNumber: 0, etag: 'x' }];
    expect(() => askedFor({ resumeFrom: { uploadId: 'u', partBytes: 5 * MiB, parts } })).toThrow(/partNumber/);
  });

  it('status_code != 201: the part is sent again, where the example aborts the whole upload', async () => {
    const heal = bench().proxy.trouble(refusingPart('failing', 2, 1, 500, 'internal_error'));
    const retry = { count: 1, intervalSeconds: 0 };
    const end = await trialTo(bench(), 'failing', { content: partsOf(bench(), 3) }).copy({ retry });
    heal();
    succeeded(end);
    expect(partsSent(bench(), 'failing')).toEqual([1, 2, 2, 3]);
    expect(end.transfer.uploadsBegun).toBe(1);
  });

  it('adopts an upload that another program began, sends only the missing parts, and accepts an empty answer to Complete', async () => {
    const content = partsOf(bench(), 2);
    const { uploadId } = await begunBySdk(bench(), 'taken-over', [content.subarray(0, 5 * MiB)]);
    const trial = trialTo(bench(), 'taken-over', { content });
    const end = await trial.copy({ resumeFrom: { uploadId, partBytes: 5 * MiB } });
    succeeded(end);
    expect([partsSent(bench(), 'taken-over'), end.transfer.isAdopted]).toEqual([[1, 2], true]);
    expect(await bench().behind.get('taken-over')).toEqual(content);
  });
});

describe('QingStor, list_multipart, complete_multipart_upload, abort_multipart_upload', () => {
  it('list_multipart: the stored parts can be listed while the upload is open', async () => {
    const heal = bench().proxy.trouble(hangingUp('listed', 'UploadPart', 3));
    const trial = trialTo(bench(), 'listed', { content: partsOf(bench(), 3) });
    const { transfer } = await trial.copy();
    heal();
    const { parts } = await listParts(trial.world.ports)(transfer.transferId, {});
    expect(parts.map(({ partNumber, bytes }) => [partNumber, bytes])).toEqual([
      [1, 5 * MiB],
      [2, 5 * MiB],
    ]);
  });

  it('complete_multipart_upload: a 201 without a body is a success, because Partway inspects the object', async () => {
    const end = await trialTo(bench(), 'completed').copy();
    succeeded(end);
    expect(bench().proxy.asked('completed', 'CompleteMultipartUpload')[0]?.status).toBe(201);
    expect(end.transfer.receipt?.proofs).toContain('transfer id in the metadata');
  });

  it('abort_multipart_upload: no part is left', async () => {
    const heal = bench().proxy.trouble(hangingUp('aborted', 'UploadPart'));
    const trial = trialTo(bench(), 'aborted');
    const { transfer } = await trial.copy();
    heal();
    await requestAbort(trial.world.ports)(transfer.transferId);
    await trial.world.settled(`${transfer.transferId}-2`);
    expect(bench().proxy.asked('aborted', 'AbortMultipartUpload')[0]?.status).toBe(204);
    expect(await bench().behind.openUploads('aborted')).toEqual([]);
  });
});

describe('QingStor, upload_multipart with the data of a file', () => {
  it('f.read(part_size), body=data: a file is sent in parts from number 1, and each is answered with 201', async () => {
    const content = partsOf(bench(), 3);
    succeeded(await pushTrial(bench(), 'data').file(content, { partBytes: 5 * MiB }));
    const sent = bench().proxy.asked('data', 'UploadPart');
    expect(sent.map(({ partNumber, status }) => [partNumber, status])).toEqual([
      [1, 201],
      [2, 201],
      [3, 201],
    ]);
    await arrivedAs(bench(), 'data', content);
  });

  it('status_code != 201: the part of a file or a stream is sent again, and the upload is not aborted', async () => {
    onTestFinished(bench().proxy.trouble(refusingPart('data-again', 2, 1, 500, 'internal_error')));
    const content = partsOf(bench(), 3);
    const retry = { count: 1, intervalSeconds: 0 };
    const end = await pushTrial(bench(), 'data-again').stream(content, { retry });
    succeeded(end);
    expect(partsSent(bench(), 'data-again')).toEqual([1, 2, 2, 3]);
    expect(end.transfer.uploadsBegun).toBe(1);
  });
});
