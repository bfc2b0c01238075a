import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { type RunningStack, startStack } from '../../tools/local/stack.ts';
import { authorizing, guardOf } from '../authorization/authorize.ts';
import { until } from '../e2e/stack-process.ts';
import { clientOf } from '../store/running-store.ts';
import { objectsWritten } from './burst.ts';
import { underQuotas } from './quotas.ts';

const LAG_MS = 2000;
const { observe, throttles } = underQuotas({ concurrency: 1000, divisor: 1, lagMs: LAG_MS });
let stack: RunningStack;
let api: ApiClient;

beforeAll(async () => {
  const home = mkdtempSync(join(tmpdir(), 'partway-quotas-'));
  stack = await startStack({ home, observe: authorizing(await guardOf(home), observe) });
  api = apiClient(localApi(stack.folder));
});
afterAll(() => stack?.close());

const client = (name: 'a' | 'b') => {
  const { url, ...credentials } = stack.stores[name];
  return clientOf(url, { credentials });
};
const ended = (transferId: string, state: string) =>
  until(async () => {
    const view = await api.describe(transferId);
    return view.state === state && view;
  });

describe('While DescribeExecution is two seconds behind', () => {
  it.each([
    ['what has failed', 'failed', 0],
    ['what was redriven', 'redriven', LAG_MS],
  ])(
    'and does not know %s, a transfer that many ask for and resume at once is copied once',
    async (_, Key, waitMs) => {
      const at = (endpoint: string) => ({ endpoint, bucket: 'data', key: Key });
      const ask = () => api.start({ source: at('a'), target: at('b') }, { idempotencyKey: Key });
      const { transferId } = await ask();
      // The source does not exist yet.
      await ended(transferId, 'failed');
      await client('a').send(new PutObjectCommand({ Bucket: 'data', Key, Body: Key }));
      await after(waitMs);
      const written = await objectsWritten(stack);
      const resume = () => api.resume(transferId);
      const asked = await Promise.all([resume(), ask(), resume(), ask()]);
      expect(asked.map((view) => view.transferId)).toEqual(Array(4).fill(transferId));
      await ended(transferId, 'copied');

      const names = stack.executions.list({ max: 100 }).items.map(({ name }) => name);
      for (const name of names.filter((each) => each.startsWith(transferId))) await stack.executions.settled(name);
      const { Body } = await client('b').send(new GetObjectCommand({ Bucket: 'data', Key }));
      expect(await Body?.transformToString()).toBe(Key);
      expect(await objectsWritten(stack)).toBe(written + 1);
    },
    60_000,
  );

  // Without an outdated answer, the tests above would show nothing. A slow machine may miss one of them, but hardly both.
  it('it has given outdated answers', () => {
    expect(Object.keys(throttles).filter((what) => what.startsWith('old news'))).not.toEqual([]);
  });
});
