import { describe, expect, it } from 'vitest';
import { startCrc } from '../../functions/engine/batch/running-crc.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { restartingOnSourceChange } from '../../functions/engine/ending/on-source-change.ts';
import { initiate } from '../../functions/engine/initiate/initiate.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { uploadOf } from '../../functions/transfer/transfer.ts';
import { crcs } from '../../functions/transfer/values/checksums.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, world } from './world.ts';

const PART = 1024;

describe('A copy', () => {
  it('is always of the pinned generation, also after a whole object was restarted', async () => {
    const w = world();
    putSource(w, 100);
    w.faults.lambda = (step) => {
      if (step === 'complete') throw Object.assign(new Error('stop here'), { name: 'AccessDeniedException' });
    };
    const { arn, status } = await w.run(requestFor({ multipartThresholdBytes: PART, onSourceChange: 'restart' }));
    expect(status).toBe('FAILED');
    const other = putSource(w, 100); // of the same length
    w.faults.lambda = () => {};
    w.ports.executions.eventCount = async () => 0; // The test plays the second execution by hand.
    const again = { arn: `${arn}-2`, redriveCount: 0 };
    const transferId = transferIdOf('execution', arn);
    await expect(
      restartingOnSourceChange(initiate)(w.ports)({ input: { transferId }, execution: again }),
    ).rejects.toMatchObject({ name: 'SourceRestarted' });
    // The object is still of the first generation, and nobody calls it a copy yet.
    expect(w.to.get('data', 'y')).not.toEqual(other);
    expect(await initiate(w.ports)({ input: { transferId }, execution: again })).toMatchObject({ next: 'complete' });
    expect(w.to.get('data', 'y')).toEqual(other);
  });

  it('never replaces the old object if the parts do not have the CRC32 that the source publishes', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.from.put('data', 'x', content, { crc32: 12345 });
    w.to.put('data', 'y', Buffer.from('old'));
    expect(await w.run(requestFor())).toMatchObject({ status: 'FAILED', error: 'Damaged' });
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('old'));
    expect(w.to.openUploads()).toEqual([]);
  });

  it('is refused if nothing distinguishes two generations of the source, unless the request allows it', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.from.put('data', 'x', content, { etag: undefined });
    expect(await w.run(requestFor())).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('verifySource'),
    });
    expect(await w.run(requestFor({ verifySource: false }))).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('A receipt', () => {
  const receiptOf = async (w: ReturnType<typeof world>, more: object = {}) => {
    const { arn, status } = await w.run(requestFor(more));
    expect(status).toBe('SUCCEEDED');
    const transferId = transferIdOf('execution', arn);
    const transfer = await w.ports.checkpoints.read(transferId);
    const parts = await w.ports.checkpoints.parts(transferId, uploadOf(transfer!), 1, 10_000);
    return { ...transfer!.receipt!, parts };
  };
  const opaque = {
    ...tiny,
    title: 'UCloud US3',
    partEtag: 'opaque',
    objectEtag: 'opaque',
    ownChecksum: 'none',
  } as const;

  it('says how little is proven if the target publishes nothing, and then no needless CRC is computed', async () => {
    const w = world(opaque);
    putSource(w, 3 * PART);
    const { unproven, parts } = await receiptOf(w);
    expect(unproven).toEqual([
      'UCloud US3 publishes no checksum of a whole object, and its ETags say nothing about the bytes: the whole is proven by its size, its parts\' lengths and the transfer id in its metadata; ask with `verify: "read-back"` to have the object read again',
      expect.stringMatching(/^the source publishes no checksum of the whole object/),
    ]);
    expect(parts.map(({ crc32, crcs }) => [typeof crc32, crcs])).toEqual(Array(3).fill(['number', undefined]));
  });

  it('says that less is proven than the profile promises if the part ETags are no MD5s', async () => {
    const w = world({ ...tiny, ownChecksum: 'none' });
    putSource(w, 3 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async (...args) => ({ etag: `op-${(await store.writePart(...args)).etag}`, etagIsMd5: false }),
      listParts: async (...args) =>
        (await store.listParts(...args))?.map((part) => ({ ...part, etag: `op-${part.etag}` })),
      completeUpload: (write, uploadId, parts) => {
        const known = parts.map((part) => ({ ...part, etag: part.etag.replace('op-', '') }));
        return store.completeUpload(write, uploadId, known);
      },
    });
    const { proofs, unproven } = await receiptOf(w);
    expect(proofs).toContain("each part's length");
    expect(unproven[0]).toMatch(
      /^AWS S3 with ETags that are no MD5s \(`checksum: "crc32"` expects none\) publishes no .* its parts' lengths and/,
    );
  });

  it('says that less is proven than the profile promises if the store does not send its own checksum', async () => {
    const own = { header: 'x-oss-hash-crc64ecma', algorithm: 'crc64ecma' } as const;
    const w = world({ ...opaque, title: 'Alibaba Cloud OSS', ownChecksum: own });
    putSource(w, 3 * PART);
    const { unproven, parts } = await receiptOf(w);
    expect(unproven[0]).toMatch(
      /^Alibaba Cloud OSS did not send the CRC-64\/ECMA of this object in x-oss-hash-crc64ecma: /,
    );
    expect(parts.map(({ crcs }) => Object.keys(crcs ?? {}))).toEqual(Array(3).fill(['crc64ecma']));
  });

  it('has any checksum that the source publishes as a proof, even if the target publishes none', async () => {
    for (const name of ['crc32c', 'crc64ecma', 'crc64nvme'] as const) {
      const w = world(opaque);
      const content = putSource(w, 3 * PART);
      const crc = startCrc(name);
      crc.update(content);
      w.from.put('data', 'x', content, { crcs: { [name]: crc.hex() } });
      const { proofs, unproven } = await receiptOf(w);
      expect(proofs).toContain(`source's ${crcs[name].title}`);
      expect(unproven).toHaveLength(1);
    }
  });

  it('of one request has its MD5 as a proof if the target answers with it, even if its other ETags are opaque', async () => {
    const w = world({ ...opaque, partEtag: 'md5' });
    putSource(w, PART);
    const { unproven } = await receiptOf(w, { multipartThresholdBytes: PART });
    expect(unproven.filter((sentence) => !sentence.startsWith('the source'))).toEqual([]);
  });

  it('is not written, and the old object stays, if the parts have another CRC than the source publishes', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    w.from.put('data', 'x', content, { crcs: { crc64ecma: '0000000000000001' } });
    w.to.put('data', 'y', Buffer.from('old'));
    const { error, cause } = await w.run(requestFor());
    expect([error, cause]).toEqual(['Damaged', expect.stringContaining("source's CRC-64/ECMA is 0000000000000001")]);
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('old'));
  });
});

describe('A step that cannot even begin', () => {
  it('fails at once with its name, like a step that fails later', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const { target } = w.ports;
    let calls = 0;
    w.ports.target = async (transfer) => {
      if (++calls > 2) throw new TransferError('Refused', 'The secret may not be read.');
      return target(transfer);
    };
    const { status, error, name } = await w.run(requestFor());
    expect([status, error]).toEqual(['FAILED', 'Refused']);
    expect(w.stateNames(name)).not.toContain('Wait');
  });
});

describe('A Complete that never succeeds', () => {
  it('is tried until patience ends, not for ever, and then stalls with its reason', async () => {
    const w = world();
    putSource(w, 4 * PART);
    let tries = 0;
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async () => {
        tries += 1;
        w.advance(300_000);
        throw new TransferError('Incomplete', 'InvalidPart');
      },
    });
    const { status, error, cause } = await w.run(requestFor());
    expect([status, error]).toEqual(['FAILED', 'Stalled']);
    expect(cause).toContain('InvalidPart');
    expect(tries).toBeLessThan(20);
  });
});

describe('An upload', () => {
  it('that a Lambda gave up just before it died is replaced by the next Plan', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    let hasDied = false;
    w.faults.lambda = (step, payload) => {
      if (step !== 'copybatch' || hasDied) return;
      hasDied = true;
      const { transferId } = payload as { transferId: string };
      void w.ports.checkpoints.change(transferId, (now) => ({ ...now, uploadId: undefined }));
    };
    expect(await w.run(requestFor())).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('may be lost three more times after a person resumes', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    let losses = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        if (losses < 3 && part.partNumber === 1) {
          losses += 1;
          await store.abortUpload(part.target, part.uploadId);
        }
        return store.writePart(part, body, signal);
      },
    });
    const { name, error } = await w.run(requestFor({ partsAtOnce: 1 }));
    expect(error).toBe('Stalled');
    w.machine.redrive(name);
    expect(await w.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('A checkpoint that refuses reports', () => {
  it('does not disturb the transfer, only the numbers on a display', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    let reports = 0;
    const { report } = w.ports.checkpoints;
    w.ports.checkpoints.report = async (...words) => {
      if (++reports === 2) throw new TransferError('Throttled', 'ProvisionedThroughputExceeded');
      return report(...words);
    };
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return store.writePart(part, body, signal);
      },
    });
    expect(await w.run(requestFor())).toMatchObject({ status: 'SUCCEEDED' });
    expect(reports).toBeGreaterThan(2);
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});
