import { describe, expect, it } from 'vitest';
import { completeTransfer } from '../../functions/engine/complete/complete-transfer.ts';
import type { Temper, TemperRule } from '../temper/temper.ts';
import { asAws } from '../workflow/world.ts';
import { faultyWorld, PART, PARTS } from './faulty-world.ts';

type Fault = TemperRule['fault'];
const COMPLETE = 'CompleteMultipartUpload';
const once = (fault: Fault, operation = COMPLETE): Temper => [{ operation, times: 1, fault }];
const always = (fault: Fault, operation = COMPLETE): Temper => [{ operation, fault }];
const refuse = (status: number, code: string, moment: 'before' | 'received' | 'applied' = 'received'): Fault => ({
  kind: 'refuse',
  moment,
  status,
  code,
});
describe('Complete', () => {
  const passing: Record<string, Temper> = {
    'answers 200 with InternalError': once(refuse(200, 'InternalError')),
    'answers 200 with an empty body': once({ kind: 'answer', text: '' }),
    'sends white space for a while first': once({ kind: 'space', ms: 400 }),
    'answers 500': once(refuse(500, 'InternalError')),
    'answers 500 after it has made the object': once(refuse(500, 'InternalError', 'applied')),
    throttles: once(refuse(503, 'SlowDown')),
    'breaks the connection before it has done anything': once({ kind: 'reset', moment: 'received' }),
    'breaks the connection after it has made the object': once({ kind: 'reset', moment: 'applied' }),
    'breaks the connection in the middle of its answer': once({ kind: 'reset', moment: { bytesOut: 40 } }),
    'answers InvalidPart once': once(refuse(400, 'InvalidPart')),
    'fails to list the parts before Complete': [
      {
        operation: 'ListParts',
        only: { after: { operation: 'UploadPart', done: PARTS } },
        times: 2,
        fault: refuse(500, 'InternalError'),
      },
    ],
  };
  it.each(Object.entries(passing))('succeeds in the end if the target %s', async (_, target) => {
    const w = await faultyWorld({ target });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });

  it('finds its own object if the answer is lost, HEAD fails too, and the store then answers NoSuchUpload', async () => {
    const busy: TemperRule = {
      operation: 'HeadObject',
      only: { after: { operation: COMPLETE, done: 1 } },
      times: 2,
      fault: refuse(503, 'SlowDown'),
    };
    const w = await faultyWorld({ target: [...once({ kind: 'reset', moment: 'applied' }), busy] });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect((await w.target.requests('ListParts')).at(-1)?.outcome).toBe('NoSuchUpload');
  });

  it('finds its own object if the store answers NoSuchUpload after it has made the object', async () => {
    const w = await faultyWorld({ target: once(refuse(404, 'NoSuchUpload', 'applied')) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('waits for the object of a Complete that is silent for minutes, while the store knows no upload', async () => {
    const silent: Temper = once({ kind: 'reset', moment: 'applied' });
    const hidden: TemperRule = {
      operation: 'HeadObject',
      only: { after: { operation: COMPLETE, done: 1 } },
      times: 90,
      fault: refuse(404, 'NoSuchKey', 'before'),
    };
    const w = await faultyWorld({ target: [...silent, hidden], canary: false, speed: 60 });
    const { status, transfer } = await w.copy();
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 1]);
  });

  it('finds its own object after a crash behind Complete, if the store forgets uploads at once', async () => {
    const w = await faultyWorld({ target: once({ kind: 'reset', moment: 'applied' }) });
    let deaths = 0;
    const { change } = w.inner.ports.checkpoints;
    Object.assign(w.inner.ports.checkpoints, {
      change: async (...[id, apply]: Parameters<typeof change>) => {
        const now = await change(id, (transfer) => {
          const next = apply(transfer);
          if (next?.state === 'copied' && deaths++ === 0)
            throw Object.assign(new Error('killed'), { name: 'Lambda.Unknown' });
          return next;
        });
        return now;
      },
    });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(deaths).toBe(2);
  });

  it.each([
    ['if both get the same answer', [{ kind: 'wait', moment: 'before', until: { operation: COMPLETE, asked: 2 } }]],
    [
      'if the slower one gets NoSuchUpload',
      [
        { kind: 'wait', moment: 'before', until: { operation: COMPLETE, done: 1 } },
        refuse(404, 'NoSuchUpload', 'before'),
      ],
    ],
  ] as [string, Fault[]][])('makes one object when it runs twice at the same time, %s', async (_, faults) => {
    const w = await faultyWorld({ target: faults.flatMap((fault) => once(fault)) });
    const twins: Promise<unknown>[] = [];
    w.inner.faults.lambda = (name, payload) => {
      if (name === 'complete' && twins.length === 0) twins.push(completeTransfer(w.inner.ports)(payload as never));
    };
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await Promise.all(twins)).toMatchObject([{ next: 'nothing' }]);
  });

  it('lists pages of parts until the last one', async () => {
    const w = await faultyWorld({ target: always({ kind: 'list', rowsMax: 3 }, 'ListParts') });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('sends parts again that the list lacks, before it completes', async () => {
    const w = await faultyWorld({
      target: [{ operation: 'ListParts', skip: 1, times: 1, fault: { kind: 'list', without: [2, 5] } }],
    });
    const { status, transfer } = await w.copy();
    expect([status, transfer.receipt?.bytesResent]).toEqual(['SUCCEEDED', 2 * PART]);
  });

  it('does not ask a store that cannot list parts', async () => {
    const w = await faultyWorld({ profile: { ...asAws, listsParts: false } });
    await w.target.temper([]);
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.target.requests('ListParts')).toEqual([]);
  });

  it.each([
    ['if the marker of the list does not move', 'same-marker'],
    ['if the list cannot be read', 'error'],
  ] as const)('fails and completes nothing, %s', async (_, how) => {
    const fault: Fault = how === 'error' ? refuse(500, 'InternalError') : { kind: 'list', goesOn: how };
    const w = await faultyWorld({ target: always(fault, 'ListParts') });
    const { error, transfer } = await w.copy({ patienceSeconds: 0 });
    expect([error, transfer.state]).toEqual(['Unreachable', 'failed']);
    expect(await w.target.requests(COMPLETE)).toEqual([]);
  });

  it('aborts if the target answers BadDigest', async () => {
    const w = await faultyWorld({ target: always(refuse(400, 'BadDigest')) });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['Damaged', 'aborted']);
    expect(await w.target.get('y')).toEqual(w.canary);
  });

  it('ends as Damaged and leaves the object, if the target publishes another CRC32', async () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'FULL_OBJECT' };
    const w = await faultyWorld({ target: [{ operation: 'HeadObject', skip: 1, fault: { kind: 'answer', headers } }] });
    expect((await w.copy()).error).toBe('Damaged');
  });

  it('ends as Damaged and leaves the object, if the target’s own checksum differs', async () => {
    const headers = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' };
    const w = await faultyWorld({ target: [{ operation: 'HeadObject', skip: 1, fault: { kind: 'answer', headers } }] });
    const { error, cause } = await w.copy();
    expect([error, cause]).toEqual(['Damaged', expect.stringContaining("target's CRC-64/NVME is 0000000000000000")]);
  });

  it('ignores a checksum of the parts’ checksums, and says what is unproven', async () => {
    const headers = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=-8', 'x-amz-checksum-type': 'COMPOSITE' };
    const w = await faultyWorld({ target: [{ operation: 'HeadObject', skip: 1, fault: { kind: 'answer', headers } }] });
    const { transfer } = await w.copy({ checksum: 'crc32' });
    expect(transfer.receipt?.proofs).not.toContain("target's CRC-64/NVME");
    expect(transfer.receipt?.unproven[0]).toContain('did not send the CRC-64/NVME of this object');
  });

  it('leaves a lasting failure for a person, and completes after a redrive without sending a part', async () => {
    const w = await faultyWorld({ target: always(refuse(500, 'InternalError')) });
    const failed = await w.copy({ patienceSeconds: 1 });
    expect([failed.error, failed.transfer.state]).toEqual(['Stalled', 'failed']);
    expect(failed.cause).toContain('all parts are there, but they cannot be completed. The last error: Unreachable');
    expect(await w.target.get('y')).toEqual(w.canary);
    w.inner.machine.redrive(failed.name);
    expect((await w.ended(failed.name)).status).toBe('SUCCEEDED');
    expect(await w.target.requests('UploadPart')).toHaveLength(PARTS);
  });

  it('does not overwrite an object that appeared during the copy, with overwrite "never"', async () => {
    const w = await faultyWorld({ canary: false, target: always(refuse(412, 'PreconditionFailed')) });
    const { error } = await w.copy({ overwrite: 'never' });
    expect(error).toBe('TargetExists');
    expect(await w.target.get('y')).toBeUndefined();
  });
});

describe('Complete, after an ambiguous answer,', () => {
  it('fails as Refused for AccessDenied in a 200', async () => {
    const w = await faultyWorld({ target: always(refuse(200, 'AccessDenied')) });
    const { error, transfer } = await w.copy();
    expect([error, transfer.state]).toEqual(['Refused', 'failed']);
  });

  it('tries again if an error in a 200 ends with a line feed and the old object is still there', async () => {
    const text = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code></Error>\n';
    const w = await faultyWorld({ target: once({ kind: 'pretend', status: 200, text }) });
    expect(await w.copy()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('leaves no upload behind if If-None-Match refuses it', async () => {
    const w = await faultyWorld({ canary: false, target: always(refuse(412, 'PreconditionFailed')) });
    expect((await w.copy({ overwrite: 'never' })).error).toBe('TargetExists');
    expect(await w.target.openUploads()).toEqual([]);
  });

  it('leaves no upload behind if a conflict makes it begin another one', async () => {
    const w = await faultyWorld({ canary: false, target: once(refuse(409, 'ConditionalRequestConflict')) });
    const { status, transfer } = await w.copy({ overwrite: 'never' });
    expect([status, transfer.uploadsBegun]).toEqual(['SUCCEEDED', 2]);
  });

  it('begins another upload if a Lambda crashed between giving up the lost one and reporting that', async () => {
    const w = await faultyWorld({
      target: [{ operation: 'UploadPart', skip: 5, times: 1, fault: { kind: 'expire' } }],
    });
    let deaths = 0;
    const { checkpoints } = w.inner.ports;
    const { change } = checkpoints;
    Object.assign(checkpoints, {
      change: async (...[id, apply]: Parameters<typeof change>) => {
        const before = await checkpoints.read(id);
        const now = await change(id, apply);
        if (before?.uploadId === undefined || now.uploadId !== undefined || deaths++ > 0) return now;
        throw Object.assign(new Error('killed'), { name: 'Runtime.ExitError' });
      },
    });
    const { status, transfer } = await w.copy({ patienceSeconds: 60 });
    expect([status, transfer.uploadsBegun, deaths]).toEqual(['SUCCEEDED', 2, 1]);
  });

  it('waits between attempts that miss a part which the list has, and ends as Stalled', async () => {
    const w = await faultyWorld({ target: always(refuse(400, 'InvalidPart')) });
    w.inner.faults.lambda = (step) => {
      if (step === 'plan') w.advance(10_000);
    };
    const { name, error, transfer } = await w.copy({ patienceSeconds: 60 });
    expect([error, transfer.state]).toEqual(['Stalled', 'failed']);
    expect(w.inner.stateNames(name)).toContain('Wait');
  });

  it('fails if the list of parts never ends and its marker moves', async () => {
    const w = await faultyWorld({
      target: [{ operation: 'ListParts', times: 300, fault: { kind: 'list', goesOn: 'next-marker' } }],
    });
    expect((await w.copy({ patienceSeconds: 0 })).error).toBe('Unreachable');
    expect((await w.target.requests('ListParts')).length).toBeLessThan(100);
  });
});
