import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { type RunningStack, startStack } from '../../tools/local/stack.ts';
import type { ObservedCall } from '../../tools/signed/observe.ts';
import { authorizing, guardOf } from '../authorization/authorize.ts';
import { clientOf } from '../store/running-store.ts';

const COUNT = 40;
const keys = Array.from({ length: COUNT }, (_, index) => `object ${index}`);
/** Invocations as they were asked for and answered, in that order. */
const invocations: { readonly caller: string; readonly moment: 'asked' | 'answered' }[] = [];
let stack: RunningStack;

beforeAll(async () => {
  const hear = async ({ caller, service }: ObservedCall, serve: () => Promise<unknown>) => {
    if (service !== 'lambda') return serve();
    invocations.push({ caller, moment: 'asked' });
    return serve().finally(() => invocations.push({ caller, moment: 'answered' }));
  };
  const home = mkdtempSync(join(tmpdir(), 'partway-e2e-burst-'));
  stack = await startStack({ home, observe: authorizing(await guardOf(home), hear) });
  const { url, ...credentials } = stack.stores.a;
  const client = clientOf(url, { credentials });
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: 'data', Key, Body: Key }));
});
afterAll(() => stack?.close());

describe('Many transfers that are asked for at once', () => {
  it('are all accepted before most of them are worked on, all arrive, and none times out in the line', async () => {
    const api = apiClient(localApi(stack.folder));
    const at = (endpoint: string, key: string) => ({ endpoint, bucket: 'data', key });
    const started = await Promise.all(keys.map((key) => api.start({ source: at('a', key), target: at('b', key) })));
    expect(new Set(started.map(({ transferId }) => transferId)).size).toBe(COUNT);
    const answeredFirst = invocations.filter(({ moment }) => moment === 'answered').slice(0, COUNT);
    const persons = answeredFirst.filter(({ caller }) => caller === 'apigateway.amazonaws.com');
    expect(persons.length).toBeGreaterThan(COUNT / 2);

    const { items } = stack.executions.list({ max: 1000 });
    const ended = await Promise.all(items.map(({ name }) => stack.executions.settled(name)));
    expect(ended.map(({ status }) => status)).toEqual(Array(COUNT).fill('SUCCEEDED'));
    const types = items
      .flatMap(({ name }) => stack.executions.history(name, { max: 1000 }).items)
      .map(({ type }) => type);
    expect(types.filter((type) => type === 'TaskTimedOut' || type === 'TaskFailed')).toEqual([]);
    const states = await Promise.all(started.map(({ transferId }) => api.describe(transferId)));
    expect(states.map(({ state }) => state)).toEqual(Array(COUNT).fill('copied'));
  }, 180_000);
});
