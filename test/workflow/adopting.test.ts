import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const target = { endpoint: 'b', bucket: 'data', key: 'y' };

/** Begins an upload as a provider's own SDK leaves it: some parts are there, and its metadata is not ours. */
async function begunElsewhere({ to }: World, content: Buffer, partNumbers: number[]) {
  const uploadId = await to.beginUpload({
    target,
    headers: {},
    metadata: {},
    storageClass: undefined,
    onlyIfAbsent: false,
  });
  const parts: { partNumber: number; etag: string }[] = [];
  for (const partNumber of partNumbers) {
    const bytes = content.subarray((partNumber - 1) * PART, partNumber * PART);
    const answer = await to.writePart(
      { target, uploadId, partNumber, bytes: bytes.length },
      Readable.from([bytes], { objectMode: false }),
      new AbortController().signal,
    );
    parts.push({ partNumber, etag: `"${answer.etag.toUpperCase()}"` });
  }
  return { uploadId, parts };
}

const sending = (w: World) => {
  const sent: number[] = [];
  w.faults.target = (store) => ({
    ...store,
    writePart: async (part, body, signal) => {
      sent.push(part.partNumber);
      return store.writePart(part, body, signal);
    },
  });
  return sent;
};

describe('An upload that another program began', () => {
  it('is adopted, and only the missing parts are sent', async () => {
    const w = world();
    const content = putSource(w, 7 * PART + 5);
    const { uploadId } = await begunElsewhere(w, content, [1, 2, 3, 5]);
    const sent = sending(w);
    const { status, arn } = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(sent.toSorted()).toEqual([4, 6, 7, 8]);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer).toMatchObject({ isAdopted: true, uploadId, receipt: { crc32: undefined, parts: 8 } });
    expect(transfer?.receipt?.proofs.join()).toContain('4 adopted parts');
    expect(transfer?.receipt?.proofs).toContain("each streamed part's MD5");
    expect(transfer?.receipt?.unproven).toEqual([expect.stringMatching(/^another program sent 4 parts/)]);
    expect(transfer?.receipt?.notCarried).toEqual([
      {
        what: expect.stringContaining('tags, ACL, storage class'),
        why: expect.stringContaining('the program that began it'),
      },
    ]);
  });

  it('is proven if source and target publish the same checksum, and is Damaged if the checksums differ', async () => {
    for (const theirs of ['00000000000000aa', '00000000000000bb']) {
      const w = world();
      const content = putSource(w, 4 * PART);
      w.from.put('data', 'x', content, { crcs: { crc64nvme: '00000000000000aa' } });
      w.faults.target = (store) => ({
        ...store,
        inspect: async (address) => {
          const facts = await store.inspect(address);
          return facts && { ...facts, crcs: { crc64nvme: theirs } };
        },
      });
      const { uploadId } = await begunElsewhere(w, content, [1, 2]);
      const { arn, error, cause } = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
      const receipt = (await w.ports.checkpoints.read(transferIdOf('execution', arn)))?.receipt;
      if (theirs.endsWith('bb'))
        expect([error, cause]).toEqual(['Damaged', expect.stringContaining('Ask again without `resumeFrom.uploadId`')]);
      else expect([receipt?.proofs.includes("target's CRC-64/NVME"), receipt?.unproven]).toEqual([true, []]);
    }
  });

  it('keeps only parts whose listed ETag the request repeats, and only those before the first missing part', async () => {
    const w = world();
    const content = putSource(w, 6 * PART);
    const { uploadId, parts } = await begunElsewhere(w, content, [1, 2, 3, 4]);
    const told = [parts[0]!, { partNumber: 2, etag: 'another' }, parts[2]!, parts[3]!];
    const sent = sending(w);
    await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART, parts: told, firstMissingPart: 4 } }));
    expect(sent.toSorted()).toEqual([2, 4, 5, 6]);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is refused by plan and copy if no part has the given length, and the message has the right one', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1, 2]);
    const sent = sending(w);
    const request = requestFor({ resumeFrom: { uploadId, partBytes: 2 * PART } });
    const { error, cause } = await w.run(request);
    expect(error).toBe('InvalidRequest');
    expect(cause).toMatch(
      /`resumeFrom.partBytes` is 2 KiB and fits no part of upload \S+ of b:data\/y: the 2 parts that are there have 1024 bytes\. `resumeFrom.partBytes` 1 KiB would fit them all:/,
    );
    await expect(explainTransfer(w.ports)(request)).rejects.toMatchObject({
      message: JSON.parse(cause ?? '{}').errorMessage,
    });
    expect([sent, await w.to.listParts(target, uploadId)]).toEqual([[], expect.objectContaining({ length: 2 })]);
    const again = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
    expect([again.status, w.to.get('data', 'y')]).toEqual(['SUCCEEDED', content]);
  });

  it('is finished if some of its parts fit, and parts of another length are sent again', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1]);
    const short = { target, uploadId, partNumber: 2, bytes: 10 };
    await w.to.writePart(short, Readable.from([content.subarray(0, 10)]), new AbortController().signal);
    const sent = sending(w);
    await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
    expect([sent.toSorted(), w.to.get('data', 'y')]).toEqual([[2, 3, 4], content]);
  });

  it('is not refused for its part size if the request calls its first part missing, and all parts are sent', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1, 2]);
    await w.run(requestFor({ resumeFrom: { uploadId, partBytes: 2 * PART, firstMissingPart: 1 } }));
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('that the store does not know is refused before a byte moves', async () => {
    const w = world();
    putSource(w, 4 * PART);
    expect(await w.run(requestFor({ resumeFrom: { uploadId: 'nobody', partBytes: PART } }))).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('nobody'),
    });
    expect(await w.run(requestFor())).toMatchObject({ status: 'SUCCEEDED' }); // The refused transfer has freed the key.
  });

  it('is recognized as completed if the answer to Complete was lost, and no part is sent twice', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1, 2]);
    const sent = sending(w);
    const counting = w.faults.target;
    w.faults.target = (store) => ({
      ...counting(store),
      completeUpload: async (...words) => {
        await store.completeUpload(...words);
        throw new TransferError('Unreachable', 'The answer was lost.');
      },
    });
    expect(await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }))).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(sent.toSorted()).toEqual([3, 4]);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('counts on its receipt the bytes that Partway sent twice', async () => {
    const w = world();
    const { uploadId } = await begunElsewhere(w, putSource(w, 4 * PART), [1, 2]);
    let attempts = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (...part) => {
        const answer = await store.writePart(...part);
        if (++attempts === 1) throw new TransferError('Unreachable', 'The answer was lost.');
        return answer;
      },
    });
    const { arn } = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer?.receipt).toMatchObject({ bytesSent: 3 * PART, bytesResent: PART });
  });

  it('does not count as completed because an object of the same length was at the target before', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.to.put('data', 'y', Buffer.alloc(4 * PART));
    const { uploadId } = await begunElsewhere(w, content, [1]);
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async ({ target: at }, id) => {
        if (id === uploadId) await store.abortUpload(at, id);
        throw new TransferError('UploadLost', 'It is gone.');
      },
    });
    const { status, error } = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }));
    expect([status, error]).toEqual(['FAILED', 'Stalled']);
    expect(w.to.get('data', 'y')).toEqual(Buffer.alloc(4 * PART));
  });

  it('does not count as completed because another program wrote an object of its length that it may not overwrite', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const strangers = Buffer.alloc(4 * PART, 7);
    const { uploadId } = await begunElsewhere(w, content, [1]);
    w.faults.lambda = (step) => {
      if (step === 'complete') w.to.put('data', 'y', strangers);
    };
    const asked = requestFor({ resumeFrom: { uploadId, partBytes: PART }, overwrite: 'never' });
    const end = await w.run(asked);
    expect([end.error, w.to.openUploads()]).toEqual(['TargetExists', []]);
    expect(await w.ports.checkpoints.read(transferIdOf('execution', end.arn))).toMatchObject({
      failure: { message: expect.not.stringContaining('stays') },
    });
    expect(w.to.get('data', 'y')).toEqual(strangers);
  });

  it('that is read back is not called Damaged if another object of the same length replaced it', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1, 2]);
    w.faults.lambda = (step) => {
      if (step === 'readback') w.to.put('data', 'y', Buffer.alloc(4 * PART, 7));
    };
    const asked = requestFor({ resumeFrom: { uploadId, partBytes: PART }, verify: 'read-back' });
    expect(await w.run(asked)).toMatchObject({ error: 'TargetChanged' });
  });

  it('is replaced by an upload of our own if its source changes and the request asks for a restart', async () => {
    const w = world();
    const { uploadId } = await begunElsewhere(w, putSource(w, 4 * PART), [1, 2]);
    const changed = Buffer.alloc(4 * PART, 7);
    let copies = 0;
    w.faults.lambda = (step) => {
      if (step === 'copybatch' && ++copies === 1) w.from.put('data', 'x', changed);
    };
    const asked = requestFor({ resumeFrom: { uploadId, partBytes: PART }, onSourceChange: 'restart' });
    const { status, arn } = await w.run(asked);
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(changed);
    expect(await w.ports.checkpoints.read(transferIdOf('execution', arn))).toMatchObject({ isAdopted: false });
  });

  it('is replaced by an upload of our own if the store loses it', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { uploadId } = await begunElsewhere(w, content, [1]);
    let isLost = false;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (!isLost) await store.abortUpload(part.target, part.uploadId);
        isLost = true;
        return store.writePart(part, body, signal);
      },
    });
    const { status, arn } = await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART }, partsAtOnce: 1 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(await w.ports.checkpoints.read(transferIdOf('execution', arn))).toMatchObject({ isAdopted: false });
  });
});
