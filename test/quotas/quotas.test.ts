import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../tools/json.ts';
import type { Observe } from '../../tools/signed/observe.ts';
import { burst, isRight } from './burst.ts';
import { underQuotas } from './quotas.ts';
import { tokenBucket } from './token-bucket.ts';

const loose = { concurrency: 1000, divisor: 1, lagMs: 0 };
const call = (service: string, operation: string, input: JsonObject = {}, caller = 'fn') => ({
  service,
  operation,
  input,
  caller,
});
const throttled = { name: 'ThrottlingException' };

describe('A token bucket', () => {
  it('gives as many tokens at once as its size, then as many a second as its refill, and never more than its size', () => {
    let nowMs = 0;
    const bucket = tokenBucket({ size: 3, refillPerSecond: 2 }, () => nowMs);
    const taken = (count: number) => Array.from({ length: count }, () => bucket.take()).filter(Boolean).length;
    expect(taken(5)).toBe(3);
    nowMs = 1000;
    expect(taken(5)).toBe(2);
    nowMs = 100_000;
    expect(taken(5)).toBe(3);
  });
});

describe('Under quotas', () => {
  // Time stands still, so that no bucket is refilled while a slow machine runs the test.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  // The sizes of "All other regions" in the quotas of Step Functions, divided by 100.
  it.each([
    ['StartExecution', 8],
    ['RedriveExecution', 8],
    ['StopExecution', 5],
    ['GetExecutionHistory', 4],
    ['DescribeExecution', 2],
    ['ListExecutions', 1],
  ])('%s of Step Functions has its own bucket, and is throttled when that is empty', async (operation, size) => {
    const { observe, throttles } = underQuotas({ ...loose, divisor: 100 });
    const answer = { startDate: 0 };
    const ask = (what = operation) => observe(call('states', what), async () => answer);
    for (let count = 0; count < size; count += 1) expect(await ask()).toBe(answer);
    await expect(ask()).rejects.toMatchObject(throttled);
    expect(await ask(operation === 'StartExecution' ? 'StopExecution' : 'StartExecution')).toBe(answer);
    expect(throttles).toEqual({ [operation]: 1 });
  });

  it('each bucket has room for at least one call, even with tiny quotas', async () => {
    const { observe } = underQuotas({ ...loose, divisor: 100_000 });
    expect(await observe(call('states', 'StartExecution'), async () => 'started')).toBe('started');
  });

  it('a partition of the table and an index take a limited number of writes, and reads have no limit', async () => {
    const { observe } = underQuotas({ ...loose, divisor: 1000 });
    const row = (pk: string, more = {}) => ({ pk: { S: pk }, ...more });
    const write = (input: JsonObject, operation = 'PutItem') =>
      observe(call('dynamodb', operation, input), async () => 'written');
    expect(await write({ Item: row('T#1') })).toBe('written');
    await expect(write({ Item: row('T#1') })).rejects.toMatchObject(throttled);
    await expect(write({ Key: row('T#1') }, 'UpdateItem')).rejects.toMatchObject(throttled);
    const batch = { RequestItems: { checkpoints: [{ DeleteRequest: { Key: row('T#1') } }] } };
    await expect(write(batch as unknown as JsonObject, 'BatchWriteItem')).rejects.toMatchObject(throttled);
    expect(await write({ Key: row('T#1') }, 'GetItem')).toBe('written');
    expect(await write({ Item: row('T#2', { kind: { S: 'TRANSFER' } }) })).toBe('written');
    await expect(write({ Item: row('T#3', { kind: { S: 'TRANSFER' } }) })).rejects.toMatchObject(throttled);
  });

  it('Lambda runs a limited number of functions at once, and deliveries of EventBridge wait for their turn', async () => {
    const { observe, throttles } = underQuotas({ ...loose, concurrency: 1 });
    let end = () => {};
    const first = observe(call('lambda', 'Invoke'), () => new Promise<void>((resolve) => (end = resolve)));
    const refused = await observe(call('lambda', 'Invoke', {}, 'states.amazonaws.com'), async () => 'ran');
    expect(refused).toMatchObject({ throttled: expect.any(String) });
    const event = observe(call('lambda', 'Invoke', {}, 'events.amazonaws.com'), async () => 'ran');
    await expect.poll(() => throttles['Invoke by events.amazonaws.com']).toBeGreaterThan(0);
    end();
    await first;
    expect(await event).toBe('ran');
  });

  it('DescribeExecution returns the state of some time ago', async () => {
    const { observe } = underQuotas({ ...loose, lagMs: 60_000 });
    const describeAs = (answer: object) => observe(call('states', 'DescribeExecution'), async () => answer);
    const [now, old] = [Date.now() / 1000, Date.now() / 1000 - 120];
    await expect(describeAs({ status: 'RUNNING', startDate: now })).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
    expect(await describeAs({ status: 'FAILED', startDate: old, stopDate: now })).toMatchObject({ status: 'RUNNING' });
    expect(await describeAs({ status: 'FAILED', startDate: old, stopDate: old })).toMatchObject({ status: 'FAILED' });
    const redriven = { status: 'RUNNING', startDate: old, redriveDate: now };
    expect(await describeAs(redriven)).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE' });
  });
});

describe('A burst of arrivals', () => {
  const home = () => mkdtempSync(join(tmpdir(), 'partway-quotas-'));

  // This burst is smaller than 2,000, so the quotas are smaller too. `node test/quotas/main.ts` runs a whole one.
  it('brings each object to its target once, without a person', async () => {
    const quotas = { concurrency: 10, divisor: 40, tableDivisor: 333, lagMs: 2000 };
    const report = await burst({ home: home(), arrivals: 40, ...quotas });
    expect(report).toMatchObject({ arrived: 40, objectsWritten: 40, executions: { SUCCEEDED: 40 } });
    expect(isRight(report)).toBe(true);
    // Without throttles, this test would show nothing.
    expect(report.throttles).toMatchObject({
      StartExecution: expect.any(Number),
      'Invoke by states.amazonaws.com': expect.any(Number),
      'writes of a partition': expect.any(Number),
    });
  }, 300_000);

  it('that loses an object ends too, but is not right', async () => {
    let isLost = false;
    const losing: Observe = async ({ operation }, serve) => {
      if (operation !== 'StartExecution' || isLost) return serve();
      isLost = true;
      return {};
    };
    const report = await burst({ ...loose, home: home(), arrivals: 2, quietMsMax: 5000, next: losing });
    expect(report).toMatchObject({ arrived: 1, objectsWritten: 1, executions: { SUCCEEDED: 1 } });
    expect(isRight(report)).toBe(false);
  }, 120_000);

  it.each([
    ['an object was written twice', { objectsWritten: 3 }],
    ['an object has other bytes', { arrived: 1 }],
    ['an execution failed', { executions: { SUCCEEDED: 1, FAILED: 1 } }],
    ['an execution came too much', { executions: { SUCCEEDED: 2, RUNNING: 1 } }],
  ])('is not right if %s', (_, difference) => {
    const right = { arrivals: 2, arrived: 2, objectsWritten: 2, executions: { SUCCEEDED: 2 } };
    const more = { throttles: {}, seconds: { written: 1, ended: 1 } };
    expect([right, { ...right, ...difference }].map((report) => isRight({ ...report, ...more }))).toEqual([
      true,
      false,
    ]);
  });
});
