import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../tools/json.ts';
import { burst } from './burst.ts';
import { underQuotas } from './quotas.ts';
import { tokenBucket } from './token-bucket.ts';

const loose = { concurrency: 1000, divisor: 1, lagMs: 0 };
const call = (service: string, operation: string, input: JsonObject = {}, caller = 'fn') => ({
  ...{ service, operation, input, caller },
});
const throttled = { name: 'ThrottlingException' };

describe('A token bucket', () => {
  it('gives its size at once, then as many a second as it is refilled with, and never more than its size', () => {
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
  it('each operation of Step Functions has its own bucket', async () => {
    const { observe, throttles } = underQuotas({ ...loose, divisor: 100 });
    const start = () => observe(call('states', 'StartExecution'), async () => 'started');
    for (let count = 0; count < 8; count += 1) expect(await start()).toBe('started');
    await expect(start()).rejects.toMatchObject(throttled);
    expect(await observe(call('states', 'RedriveExecution'), async () => 'redriven')).toBe('redriven');
    expect(throttles).toEqual({ StartExecution: 1 });
  });

  it('a partition of the table takes so many writes, an index so many rows, and reads are free', async () => {
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

  it('Lambda runs so many at once, and what EventBridge delivers waits for its turn', async () => {
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

  it('DescribeExecution tells what was so long ago', async () => {
    const { observe } = underQuotas({ ...loose, lagMs: 60_000 });
    const describeAs = (answer: object) => observe(call('states', 'DescribeExecution'), async () => answer);
    const [now, old] = [Date.now() / 1000, Date.now() / 1000 - 120];
    await expect(describeAs({ status: 'RUNNING', startDate: now })).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
    expect(await describeAs({ status: 'FAILED', startDate: old, stopDate: now })).toMatchObject({ status: 'RUNNING' });
    expect(await describeAs({ status: 'FAILED', startDate: old, stopDate: old })).toMatchObject({ status: 'FAILED' });
  });
});

describe('A burst of arrivals', () => {
  // The quotas are smaller as this burst is smaller than 2,000; `node test/quotas/main.ts` runs a whole one.
  it('brings each object to its target, once, without a person', async () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-quotas-'));
    const report = await burst({ home, arrivals: 40, concurrency: 10, divisor: 40, lagMs: 2000 });
    expect(report).toMatchObject({ arrived: 40, objectsWritten: 40, executions: { SUCCEEDED: 40 } });
    expect(Object.keys(report.executions)).toEqual(['SUCCEEDED']);
    // Else it would not show anything.
    expect(report.throttles).toMatchObject({
      StartExecution: expect.any(Number),
      'Invoke by states.amazonaws.com': expect.any(Number),
    });
  }, 300_000);
});
