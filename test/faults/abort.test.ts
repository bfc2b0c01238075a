import { setTimeout as after } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { type End, type FaultyWorld, faultyWorld, partsRequest } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const ABORT = 'AbortMultipartUpload';
const COMPLETE = 'CompleteMultipartUpload';
const aborting = (fault: Fault, times?: number): Temper => [{ operation: ABORT, times, fault }];
const refuse = (status: number, code: string, moment: 'before' | 'applied' = 'before'): Fault => ({
  kind: 'refuse',
  moment,
  status,
  code,
});
/** A source that changes in the middle makes the machine abort. */
const changing: Temper = [{ operation: 'GetObject', skip: 3, times: 1, fault: { kind: 'rewrite' } }];
const abortDone = { operation: ABORT, done: 1 };

describe('A transfer that is aborted', () => {
  const passing: Record<string, Temper> = {
    'answers 204 twice before it aborts, because parts are in flight': aborting({ kind: 'pretend', status: 204 }, 2),
    'answers that the upload is gone already': aborting({ kind: 'expire' }, 1),
    'answers NoSuchKey for an upload that is gone': [
      ...aborting({ kind: 'expire' }, 1),
      ...aborting(refuse(404, 'NoSuchKey'), 1),
    ],
    'answers NoSuchKey to ListParts for an upload that is gone': [
      { operation: 'ListParts', only: { uploadIsOpen: false }, fault: refuse(404, 'NoSuchKey') },
    ],
    'breaks the connection after it has aborted': aborting({ kind: 'reset', moment: 'applied' }, 1),
    'answers 500 after it has aborted': aborting(refuse(500, 'InternalError', 'applied'), 1),
    throttles: aborting(refuse(503, 'SlowDown'), 3),
    'cannot list the parts for a while': [
      { operation: 'ListParts', only: { after: abortDone }, times: 3, fault: refuse(500, 'InternalError') },
    ],
  };
  it.each(Object.entries(passing))(
    'leaves no upload, and keeps the old object, if the target %s',
    async (_, target) => {
      const w = await faultyWorld({ source: changing, target });
      const { error, transfer } = await w.copy();
      expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
      expect(await w.target.get('y')).toEqual(w.canary);
    },
  );

  it.each([
    ['Unreachable', refuse(500, 'InternalError')],
    ['Unreachable', { kind: 'pretend', status: 204 }],
    ['Refused', refuse(403, 'AccessDenied')],
  ] as [string, Fault][])('fails as %s while the upload stays, and aborts after a redrive', async (name, fault) => {
    const w = await faultyWorld({ source: changing, target: aborting(fault), speed: 50 });
    const failed = await w.copy();
    expect([failed.error, failed.transfer.state]).toEqual([name, 'failed']);
    w.inner.machine.redrive(failed.name);
    const { error, transfer } = await w.ended(failed.name);
    expect([error, transfer.state]).toEqual(['SourceChanged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('aborts only its own upload if another one is open for the same key', async () => {
    const w = await faultyWorld({ source: changing });
    const begin = new CreateMultipartUploadCommand({ Bucket: 'data', Key: 'y' });
    const { UploadId } = await w.target.client.send(begin);
    await expect(w.copy()).rejects.toThrow(/open uploads/);
    expect(await w.target.openUploads()).toEqual([UploadId]);
  });

  it('leaves nothing of a part that was in flight during the abort', async () => {
    const zombie: Temper = [
      { operation: 'UploadPart', partNumber: 3, fault: { kind: 'wait', moment: 'received', until: abortDone } },
    ];
    const w = await faultyWorld({ target: zombie, speed: 1 });
    const { error, transfer } = await cancelledAfter(w, 'UploadPart', 3);
    expect([error, transfer.state]).toEqual(['Cancelled', 'aborted']);
    await until(async () => (await outcomesOf(w, 'UploadPart', 3)).includes('NoSuchUpload'));
    expect(await w.target.openUploads()).toEqual([]);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('stays aborted if a Complete comes later', async () => {
    const late: Temper = [{ operation: COMPLETE, fault: { kind: 'wait', moment: 'received', until: abortDone } }];
    const w = await faultyWorld({ target: late, speed: 1 });
    const { transfer } = await cancelledAfter(w, COMPLETE);
    expect(transfer.state).toBe('aborted');
    await until(async () => (await outcomesOf(w, COMPLETE)).includes('NoSuchUpload'));
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('leaves the whole object if Complete succeeded before, but its answer was lost', async () => {
    const unheard: Temper = [{ operation: COMPLETE, fault: { kind: 'stall', moment: 'applied' } }];
    const w = await faultyWorld({ target: unheard, speed: 1 });
    const { transfer } = await cancelledAfter(w, COMPLETE);
    expect(transfer.failure?.message).toContain('stays');
    expect(await w.target.get('y')).toEqual(w.content);
  });
});

/** Starts a transfer, cancels it after this call to the target, and returns the end of the execution that aborts it. */
async function cancelledAfter(w: FaultyWorld, operation: string, partNumber?: number): Promise<End> {
  const { executionArn } = w.inner.machine.start({ name: 'begun', input: partsRequest() });
  const transferId = transferIdOf('execution', executionArn);
  await until(async () => (await outcomesOf(w, operation, partNumber)).length > 0);
  await requestAbort(w.inner.ports)(transferId);
  return w.ended(`${transferId}-2`);
}

async function outcomesOf(w: FaultyWorld, operation: string, partNumber?: number): Promise<string[]> {
  const requests = await w.target.requests(operation);
  return requests
    .filter((request) => partNumber === undefined || request.partNumber === partNumber)
    .map(({ outcome }) => outcome);
}

/** Waits until this is true. The test's own time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await after(20);
}
