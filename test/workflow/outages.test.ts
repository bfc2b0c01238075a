import { describe, expect, it } from 'vitest';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const failure = (name: string) => Object.assign(new Error(name), { name });
const throttled = () => failure('Lambda.TooManyRequestsException');
const times = (w: World, step: string) => w.invocations.filter((each) => each === step).length;

/** Lambda has no room for each of the steps, `tries` times. Each try takes `ms`. */
function withoutRoom(w: World, steps: readonly string[], { tries, ms = 0 }: { tries: number; ms?: number }): void {
  const left = new Map(steps.map((step) => [step, tries]));
  w.faults.lambda = (step) => {
    const leftOfStep = left.get(step) ?? 0;
    if (leftOfStep <= 0) return;
    left.set(step, leftOfStep - 1);
    w.advance(ms);
    throw throttled();
  };
}

describe('While Lambda has no room', () => {
  it('Initiate, Plan, Copy whole and Complete each wait for hundreds of tries, and all tries are counted', async () => {
    const w = world();
    const content = putSource(w, PART);
    withoutRoom(w, ['initiate', 'plan', 'copywhole', 'complete'], { tries: 200, ms: 6 * MINUTE_MS });
    const { status, name, arn } = await w.run(requestFor({ multipartThresholdBytes: PART }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.history(name).length).toBeGreaterThan(4 * 200 * 3);
    const transfer = await w.ports.checkpoints.read(transferIdOf('execution', arn));
    expect(transfer?.receipt?.historyEvents).toBe(w.history(name).length);
  });

  it('an object that arrived waits for its execution, and is copied in the end', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    withoutRoom(w, ['initiate'], { tries: 200, ms: 6 * MINUTE_MS });
    const arrived = { bucket: { name: 'data' }, object: { key: 'x', etag: 'e', sequencer: '0055AED6DCD90281E5' } };
    const into = { sourceEndpoint: 'a', endpoint: 'b', bucket: 'data', keyPrefix: 'in/', options: { partBytes: PART } };
    expect((await w.run({ arrived, into })).status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'in/x')).toEqual(content);
  });

  it('Abort waits too, and then leaves no upload', async () => {
    const w = world();
    putSource(w, 8 * PART);
    withoutRoom(w, ['abort'], { tries: 200 });
    w.faults.target = (store) => ({
      ...store,
      writePart: async () => Promise.reject(new TransferError('Damaged', 'Other bytes.')),
    });
    expect((await w.run(requestFor())).error).toBe('Damaged');
    expect(w.to.openUploads()).toEqual([]);
  });

  it('no batch begins for hours, and patience does not count that time', async () => {
    const w = world();
    const content = putSource(w, 40 * PART);
    withoutRoom(w, ['copybatch'], { tries: 300, ms: 2 * MINUTE_MS }); // ten hours
    const { status, name } = await w.run(requestFor({ patienceSeconds: 60 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.stateNames(name)).not.toContain('Wait'); // The batches themselves have waited.
  });

  it('Plan does not begin for hours between two rounds, and patience does not count those hours', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    let failures = 0;
    w.faults.lambda = (step) => {
      if (step === 'plan' && times(w, 'plan') > 1 && times(w, 'plan') < 60) {
        w.advance(5 * MINUTE_MS);
        throw throttled();
      }
    };
    w.faults.target = (store) => ({
      ...store,
      writePart: async (...given) => {
        // The second round begins five hours after the first, and fails.
        if (given[0].partNumber === 5 && failures++ < 14) throw new TransferError('Unreachable', 'ECONNRESET');
        return store.writePart(...given);
      },
    });
    const { status } = await w.run(requestFor({ patienceSeconds: 3600 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('a store that cannot be reached between two long throttles does not count as away all the time', async () => {
    const w = world();
    putSource(w, 8 * PART);
    let away = 0;
    w.faults.target = (store) => ({
      ...store,
      inspect: async (address) => {
        if (away++ < 14) throw new TransferError('Unreachable', 'connect ECONNREFUSED');
        return store.inspect(address);
      },
    });
    w.faults.lambda = (step) => {
      if (step !== 'initiate' || away !== 7 || times(w, 'initiate') > 60) return;
      w.advance(6 * MINUTE_MS);
      throw throttled();
    };
    const { status, name } = await w.run(requestFor({ patienceSeconds: 3600 }));
    expect(status).toBe('SUCCEEDED');
    expect(w.stateNames(name)).toContain('Wait for the stores');
  });

  it('for more than a day, the transfer stalls, and says that it was Lambda', async () => {
    const w = world();
    putSource(w, 8 * PART);
    withoutRoom(w, ['copybatch'], { tries: 100_000, ms: 10 * MINUTE_MS });
    const { error, cause, name } = await w.run(requestFor());
    expect([error, cause]).toEqual(['Stalled', expect.stringMatching(/in which Lambda had no room.*8 of 8 parts/)]);
    expect(w.history(name).length).toBeLessThan(25_000 / 4);
  });
});

describe('A failure that passes by itself, after many tries for which Lambda had no room,', () => {
  /** Plan meets twenty throttles and then `failures` failures of the store, all in one visit. */
  function storeAwayAfterThrottles(w: World, failures: number): { asked: number } {
    const store = { asked: 0 };
    w.faults.lambda = (step) => {
      if (step === 'plan' && times(w, 'plan') <= 20) throw throttled();
    };
    w.faults.target = (inner) => ({
      ...inner,
      listParts: async (...given) => {
        if (store.asked++ < failures) throw new TransferError('Unreachable', 'connect ECONNREFUSED');
        return inner.listParts(...given);
      },
    });
    return store;
  }

  it('is tried again as often as without the throttles before the transfer fails', async () => {
    const w = world();
    putSource(w, 8 * PART);
    const store = storeAwayAfterThrottles(w, 1000);
    expect((await w.run(requestFor({ patienceSeconds: 0 }))).error).toBe('Unreachable');
    expect(store.asked).toBe(7);
  });

  it('does not abort the transfer at once with onFailure "abort"', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    storeAwayAfterThrottles(w, 6);
    const { status } = await w.run(requestFor({ patienceSeconds: 0, onFailure: 'abort' }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('aborts the transfer after the last try with onFailure "abort"', async () => {
    const w = world();
    putSource(w, 8 * PART);
    storeAwayAfterThrottles(w, 7);
    const { error, cause } = await w.run(requestFor({ patienceSeconds: 0, onFailure: 'abort' }));
    expect([error, times(w, 'plan')]).toEqual(['Cancelled', 20 + 7]);
    expect(cause).toContain('Unreachable');
    expect(w.to.openUploads()).toEqual([]);
  });

  it('is waited for as long as patience lasts', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    storeAwayAfterThrottles(w, 10);
    const { status, name } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(w.stateNames(name)).toContain('Wait');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('does not abort an object that waited for an older version, with onFailure "abort"', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    let queued = 20;
    let refusals = 1;
    w.faults.lambda = (step) => {
      if (step === 'initiate' && queued-- > 0) throw new TransferError('Queued', 'An older version is on its way.');
    };
    w.faults.target = (store) => ({
      ...store,
      beginUpload: async (write) => {
        const begun = await store.beginUpload(write);
        if (refusals-- <= 0) return begun;
        await store.abortUpload(write.target, begun);
        throw new TransferError('Throttled', '503 SlowDown');
      },
    });
    const { status } = await w.run(requestFor({ patienceSeconds: 0, onFailure: 'abort' }));
    expect(status).toBe('SUCCEEDED');
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('A function that cannot start', () => {
  it('fails the execution after seven tries if it is a function that decides', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.lambda = (step) => {
      if (step === 'plan') throw failure('Runtime.OutOfMemory');
    };
    expect((await w.run(requestFor())).error).toBe('Runtime.OutOfMemory');
    expect(times(w, 'plan')).toBe(7);
  });

  it('stalls the transfer when patience ends if it is a function that copies', async () => {
    const w = world();
    putSource(w, 8 * PART);
    w.faults.lambda = (step) => {
      if (step !== 'copybatch') return;
      w.advance(5000);
      throw failure('Runtime.ExitError');
    };
    const waited = HOUR_MS / 1000;
    const { error, cause, name } = await w.run(requestFor({ patienceSeconds: waited }));
    expect([error, cause]).toEqual(['Stalled', expect.stringContaining(`No part was copied for ${waited} s`)]);
    expect(w.stateNames(name)).toContain('Wait');
  });
});
