import { describe, expect, it } from 'vitest';
import { copyBatch } from '../../functions/engine/batch/copy-batch.ts';
import type { Checkpoints } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { Temper } from '../temper/temper.ts';
import { type FaultyWorld, faultyWorld, PART, PARTS, partsRequest } from './faulty-world.ts';

const slowly: Temper = [{ operation: 'UploadPart', fault: { kind: 'delay', moment: 'received', ms: 60 } }];
const oneByOne = { partsAtOnce: 1, batchesAtOnce: 1 };

describe('A transfer whose Lambdas fail', () => {
  it.each(['Lambda.TooManyRequestsException', 'Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory'])(
    'copies each part once if a Lambda fails as %s before it has done anything',
    async (name) => {
      const w = await faultyWorld();
      let failures = 0;
      w.inner.faults.lambda = () => {
        if (failures++ % 2 === 0) throw Object.assign(new Error('killed'), { name });
      };
      expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
      expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
    },
  );

  it('makes one object if every batch runs twice at the same time', async () => {
    const w = await faultyWorld({ target: slowly, mayResend: true });
    const twins: Promise<unknown>[] = [];
    w.inner.faults.lambda = (step, payload) => {
      if (step === 'copybatch') twins.push(copyBatch(w.inner.ports)(payload as never));
    };
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    await Promise.all(twins);
    expect((await w.target.requests('CreateMultipartUpload')).length).toBe(1);
  });

  it('makes one object if a stopped execution is redriven while one of its Lambdas still works', async () => {
    const w = await faultyWorld({ target: slowly, mayResend: true });
    let isStopped = false;
    w.inner.faults.lambda = (step) => {
      if (step !== 'copybatch' || isStopped) return;
      isStopped = true;
      setTimeout(() => void w.inner.machine.stop('zombie'), 100);
    };
    w.inner.machine.start({ name: 'zombie', input: partsRequest(oneByOne) });
    expect((await w.inner.settled('zombie')).status).toBe('ABORTED');
    w.inner.machine.redrive('zombie');
    expect((await w.ended('zombie')).status).toBe('SUCCEEDED');
  });

  it.each([1, 2, 3])('copies only the missing parts after redrive number %i', async (redrives) => {
    const refused = { kind: 'refuse', moment: 'before', status: 403, code: 'AccessDenied' } as const;
    const w = await faultyWorld({ target: [{ operation: 'UploadPart', skip: 2, fault: refused }] });
    const first = await w.copy(oneByOne);
    for (let redrive = 1; redrive <= redrives; redrive += 1) {
      await w.target.temper(redrive < redrives ? [{ operation: 'UploadPart', skip: 1, fault: refused }] : []);
      w.inner.machine.redrive(first.name);
      const { status, error } = await w.ended(first.name);
      expect([status, error]).toEqual(redrive < redrives ? ['FAILED', 'Refused'] : ['SUCCEEDED', undefined]);
    }
    const done = (await w.target.requests('UploadPart')).filter(({ outcome }) => outcome === 'done');
    expect(done).toHaveLength(PARTS);
  });
});

describe('A transfer whose checkpoint fails', () => {
  it('sends a part again that was stored but could not be recorded', async () => {
    const w = await faultyWorld();
    failOnce(w, 'recordPart', 'before');
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent]).toEqual(['SUCCEEDED', expect.any(Number)]);
    expect(transfer.receipt?.bytesResent).toBeGreaterThan(0);
  });

  it('does not send a part again whose record was written but not confirmed', async () => {
    const w = await faultyWorld();
    failOnce(w, 'recordPart', 'after');
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
  });

  it.each(['create', 'read', 'change', 'parts', 'lockTarget', 'releaseTarget', 'reports', 'reportOf'] as const)(
    'survives a throttle of the table at "%s", before and after the write',
    async (method) => {
      for (const when of ['before', 'after'] as const) {
        const w = await faultyWorld();
        failOnce(w, method, when);
        expect(await w.copy(), when).toMatchObject({ status: 'SUCCEEDED' });
      }
    },
  );

  it('ignores a part of a lost upload, also if its writer comes late', async () => {
    const begunAgain = { operation: 'CreateMultipartUpload', done: 2 };
    const w = await faultyWorld({
      target: [
        {
          operation: 'UploadPart',
          partNumber: 1,
          times: 1,
          fault: { kind: 'wait', moment: 'applied', until: begunAgain },
        },
        { operation: 'UploadPart', partNumber: 6, times: 1, fault: { kind: 'expire' } },
      ],
      speed: 60,
    });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 2]);
    const ofTheSecond = (await w.target.requests('UploadPart')).filter(
      ({ uploadId, outcome }) => uploadId === transfer.uploadId && outcome === 'done',
    );
    expect(ofTheSecond).toHaveLength(PARTS);
  });

  it('forgets parts that the target does not have, and sends parts again that only the target has', async () => {
    const w = await faultyWorld({
      target: [
        { operation: 'UploadPart', partNumber: 4, times: 1, fault: { kind: 'reset', moment: 'applied' } },
        { operation: 'ListParts', skip: 1, times: 1, fault: { kind: 'list', without: [2] } },
      ],
    });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent]).toEqual(['SUCCEEDED', 2 * PART]);
  });

  it('continues its batch if a progress report cannot be written', async () => {
    const w = await faultyWorld({ target: slowly });
    failOnce(w, 'report', 'before', 2); // the first report after the two with which the batches begin
    const lost = await unhandledRejections(async () => {
      expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    });
    expect(lost).toEqual([]);
    expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
  });
});

/** Lets one call of one method fail as throttled, before or after it has done its work. */
function failOnce(w: FaultyWorld, method: keyof Checkpoints, when: 'before' | 'after', skip = 0): void {
  const checkpoints = w.inner.ports.checkpoints;
  const original = checkpoints[method] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  const failing = async (...args: unknown[]) => {
    const isDue = calls++ === skip;
    const throttled = new TransferError('Throttled', 'ProvisionedThroughputExceededException');
    if (isDue && when === 'before') throw throttled;
    const answer = await original(...args);
    if (isDue) throw throttled;
    return answer;
  };
  Object.assign(checkpoints, { [method]: failing });
}

/** Collects unhandled rejections. In a Lambda each of them would end the process, and lose all parts in flight. */
async function unhandledRejections(run: () => Promise<void>): Promise<unknown[]> {
  const others = process.listeners('unhandledRejection');
  const lost: unknown[] = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => void lost.push(reason));
  try {
    await run();
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  }
  return lost;
}
