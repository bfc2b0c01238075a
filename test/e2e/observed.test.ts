import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { type RunningStack, type StackOptions, startStack } from '../../tools/local/stack.ts';
import { newCallers } from '../../tools/signed/callers.ts';
import { AwsError, type Observe, type ObservedCall } from '../../tools/signed/observe.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { authorizing, guardOf } from '../authorization/authorize.ts';
import { clientOf } from '../store/running-store.ts';
import { sha256At } from './objects.ts';
import { until } from './stack-process.ts';

const heard: ObservedCall[] = [];
/** How often each kind of call is still to be refused, as AWS does when there are too many. */
const refusals = new Map([
  ['lambda:Invoke initiate', 2],
  ['dynamodb:PutItem', 2],
  ['states:StartExecution', 4],
  ['s3:PutObject', 1],
]);
let aws: RunningStore;
let stack: RunningStack;

const hear: Observe = async (call, serve) => {
  heard.push(call);
  const { service, operation, input } = call;
  const fn = /Functions(\w+?)[0-9A-F]{8}$/.exec(String(input.FunctionName))?.[1];
  const kind = `${service}:${operation}${fn === undefined ? '' : ` ${fn}`}`;
  const left = refusals.get(kind) ?? 0;
  if (left === 0) return serve();
  refusals.set(kind, left - 1);
  if (service === 'lambda') return { throttled: 'Rate Exceeded. (Service: Lambda, Status Code: 429)' };
  if (service === 's3') throw new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  if (service === 'states') throw new AwsError('ThrottlingException', 'Rate exceeded');
  throw new AwsError('ProvisionedThroughputExceededException', 'The level of configured throughput was exceeded.');
};

const keys = { accessKeyId: 'owner', secretAccessKey: 'owner-secret' };

beforeAll(async () => {
  const home = mkdtempSync(join(tmpdir(), 'partway-e2e-observed-'));
  const callers = newCallers();
  const endpoints = {
    s3: { provider: 'aws', region: 'us-east-1', allow: ['data'] },
  } satisfies StackOptions['endpoints'];
  const observe = authorizing(await guardOf(home, endpoints), hear);
  // AWS S3, as far as the functions can see: whoever signs as one of them is let in.
  const options = { directory: join(home, 's3'), port: 0, ...keys, region: 'us-east-1', buckets: ['data'] };
  aws = await startStore({ ...options, callers, observe });
  stack = await startStack({
    home,
    observe,
    callers,
    endpoints,
    variables: { AWS_ENDPOINT_URL_S3: aws.url },
  });
});
afterAll(async () => {
  await stack?.close();
  await aws?.close();
});

describe('The observer of a whole stack', () => {
  it('hears which function makes each call, at AWS S3 by its own role too, and a throttled transfer arrives', async () => {
    const client = clientOf(aws.url, { credentials: keys });
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: 'content' }));
    const api = apiClient(localApi(stack.folder));
    const [source, target] = ['x', 'y'].map((key) => ({ endpoint: 's3', bucket: 'data', key }));
    // Streamed, so that a function reads and writes by itself.
    const { transferId } = await api.start({ source: source!, target: target!, serverSideCopy: 'never' });
    const view = await until(async () => {
      const seen = await api.describe(transferId);
      return /copied|failed|aborted/.test(seen.state) && seen;
    });
    expect(view).toMatchObject({ state: 'copied' });
    expect(await sha256At(client, 'data', 'y')).toBe(await sha256At(client, 'data', 'x'));
    expect([...refusals.values()]).toEqual([0, 0, 0, 0]);

    const calls = () => heard.map(({ caller, service, operation }) => `${shortName(caller)} ${service}:${operation}`);
    for (const expected of [
      'apigateway.amazonaws.com lambda:Invoke',
      'states.amazonaws.com lambda:Invoke',
      'events.amazonaws.com lambda:Invoke',
      'api states:StartExecution',
      'initiate s3:HeadObject',
      'copywhole s3:GetObject',
      'copywhole s3:PutObject',
      'settle events:PutEvents',
    ])
      await expect.poll(calls).toContain(expected);
    const put = heard.find(({ operation, service }) => service === 's3' && operation === 'PutObject');
    expect(put?.input).toMatchObject({ Bucket: 'data', Key: 'y', headers: expect.any(Object) });
  });
});

const shortName = (caller: string): string => /Functions(\w+?)[0-9A-F]{8}$/.exec(caller)?.[1] ?? caller;
