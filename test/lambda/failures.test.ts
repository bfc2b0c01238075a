import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RouteName, routes } from '../../functions/api/routes.ts';
import { errors } from '../../functions/transfer/errors.ts';
import { SCHEMA } from '../../functions/transfer/schema.ts';
import { type LambdaHost, startLambdaHost } from '../../tools/local/lambda/host.ts';
import type { LocalFunction } from '../../tools/local/template/assembly.ts';
import { type Listening, listening } from '../listening.ts';
import { servingInTest } from '../serving.ts';
import { synthesizedMachine } from '../synthesized.ts';

const bundles = fileURLToPath(new URL('../../dist/functions/', import.meta.url));
const names = readdirSync(bundles, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const execution = { arn: 'arn:aws:states:us-east-1:000000000000:execution:Machine:x', redriveCount: 0 };
const asked = { transferId: 'x', execution, retryCount: 0 };
const call = (method: string, path: string) => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path,
  headers: {},
  requestContext: { requestId: 'r', http: { method, path } },
});

const request = {
  source: { endpoint: 'a', bucket: 'data', key: 'x' },
  target: { endpoint: 'b', bucket: 'data', key: 'y' },
};

/** What makes each function reach for the table, or for the stores. */
const events: Readonly<Record<string, unknown>> = {
  initiate: { input: { transferId: 'x' }, execution, retryCount: 0 },
  plan: asked,
  'copy-whole': { transferId: 'x', round: 1 },
  'copy-batch': { transferId: 'x', round: 1, batch: { firstPart: 1, lastPart: 2 } },
  'read-back': { transferId: 'x', round: 1, batch: { firstPart: 1, lastPart: 2 } },
  complete: asked,
  abort: { input: { transferId: 'x' }, execution },
  settle: { detail: { executionArn: execution.arn, status: 'FAILED', input: '{"transferId":"x"}' } },
  sweep: {},
  api: { ...call('GET', '/transfers/x'), pathParameters: { id: 'x' } },
  push: {
    ...call('POST', '/transfers/x/urls'),
    pathParameters: { id: 'x' },
    body: '{"parts":[{"partNumber":1,"bytes":1}]}',
  },
  stores: { ...call('GET', '/uploads'), queryStringParameters: { endpoint: 'a', bucket: 'data' } },
};

/** Accepts connections and says nothing, until it is told to hang up. */
let silent: Listening;
const hosts: LambdaHost[] = [];
/** Every name that any bundle gave to a failure, with the bundles that gave it. */
const emitted = new Map<string, Set<string>>();

beforeAll(async () => {
  silent = await listening(createServer((socket) => socket.on('error', () => {})));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(() => silent.close());

const variables = {
  PARTWAY_TABLE: 'checkpoints',
  PARTWAY_ENDPOINTS: '/partway/Partway/Endpoints',
  PARTWAY_STATE_MACHINE: 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine',
};

function bundle(name: string, more: Partial<LocalFunction> = {}): LocalFunction {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    codeDirectory: join(bundles, name),
    handler: 'index.handler',
    timeoutSeconds: 20,
    memoryMiB: 256,
    environment: variables,
    ...more,
  };
}

function host(fn: LocalFunction, url = silent.url, lines: string[] = []): LambdaHost {
  const started = startLambdaHost({
    functions: [fn],
    variables: { AWS_ENDPOINT_URL: url },
    log: ({ line }) => lines.push(line),
  });
  hosts.push(started);
  return started;
}

/** The name of the failure, where it is one; an answer of the API, which tells failures in its body, is none. */
async function failureOf(running: LambdaHost, name: string): Promise<string | undefined> {
  const outcome = await running.invoke(name, events[name]);
  const type = 'functionError' in outcome ? outcome.functionError.errorType : undefined;
  if (type !== undefined) emitted.set(type, new Set([...(emitted.get(type) ?? []), name]));
  return type;
}

/** Variables with which Node runs a file before the bundle. */
function preloading(code: string): Record<string, string> {
  const file = join(mkdtempSync(join(tmpdir(), 'partway-preload-')), 'preload.mjs');
  writeFileSync(file, code);
  return { ...variables, NODE_OPTIONS: `--import ${file}` };
}

/** Code that runs in the middle of an invocation: some time after the bundle has put its own listener before the runtime's. */
const later = (code: string) => `
const waiting = setInterval(() => {
  if (process.listenerCount('uncaughtException') < 2) return;
  clearInterval(waiting);
  setTimeout(() => { ${code} }, 500);
}, 20);`;

describe.each(names)('The bundle of %s', (name) => {
  it('is ended by Lambda, not by its framework, when its time is up, or answers before', async () => {
    const isApi = ['api', 'stores', 'push'].includes(name);
    const ended = await failureOf(host(bundle(name, { timeoutSeconds: 1 })), name);
    expect(ended).toBe(isApi ? undefined : 'Sandbox.Timedout');
  });

  it('that needs more memory than it has is ended by name', async () => {
    expect(await failureOf(host(bundle(name, { memoryMiB: 40 })), name)).toBe('Runtime.ExitError');
  });

  it('that cannot be loaded, or lacks a variable, says so by name', async () => {
    const nowhere = mkdtempSync(join(tmpdir(), 'partway-no-bundle-'));
    expect(await failureOf(host(bundle(name, { codeDirectory: nowhere })), name)).toBe('Runtime.ImportModuleError');
    const isApi = ['api', 'stores', 'push'].includes(name);
    const unset = await failureOf(host(bundle(name, { environment: {} })), name);
    expect(unset).toBe(isApi ? undefined : 'InternalError');
  });

  it('in which an error reaches nobody has a name for it, and repeats nothing of it', async () => {
    const lines: string[] = [];
    const secret = 'https://example.org/x?X-Amz-Signature=5ec2e7';
    const thrown = preloading(later(`throw Object.assign(new Error('${secret}'), { url: '${secret}' })`));
    const rejected = preloading(later(`Promise.reject(new Error('${secret}'))`));
    const fail = (environment: Record<string, string>) =>
      failureOf(host(bundle(name, { environment }), silent.url, lines), name);
    expect(await fail(thrown)).toBe('Runtime.UncaughtException');
    expect(await fail(rejected)).toBe('Runtime.UnhandledPromiseRejection');
    expect(lines.filter((line) => line.includes('X-Amz-Signature'))).toEqual([]);
  });

  it('that was frozen while its connections broke fails by no foreign name when it is thawed', async () => {
    const server = await answering();
    const running = host(bundle(name), server.url);
    const answer = running.invoke(name, events[name]);
    const pid = await pidOf(running);
    await answer;
    process.kill(pid, 'SIGSTOP');
    server.hangUp();
    await after(50);
    process.kill(pid, 'SIGCONT');
    expect(Object.keys(errors)).toContain((await failureOf(running, name)) ?? 'NotFound');
  });
});

/** A server that has nothing: no transfer, no secret, no upload. */
function answering(): Promise<Listening> {
  return servingInTest((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.end('{}'), 100));
  });
}

async function pidOf(running: LambdaHost): Promise<number> {
  for (;;) {
    const [busy] = running.busy();
    if (busy) return busy.pid;
    await after(5);
  }
}

/** What a call must have before it asks somebody. */
const payloads: Readonly<Partial<Record<RouteName, object>>> = {
  start: { body: JSON.stringify(request) },
  plan: { body: JSON.stringify(request) },
  signParts: { body: '{"parts":[{"partNumber":1,"bytes":1}]}' },
  recordParts: { body: '{"uploadId":"u","parts":[{"partNumber":1,"bytes":1,"etag":"e"}]}' },
  finish: { body: '{}' },
  uploads: { queryStringParameters: { endpoint: 'a', bucket: 'data' } },
  abortUpload: { queryStringParameters: { endpoint: 'a', bucket: 'data', key: 'k', uploadId: 'u' } },
};

describe('The API', () => {
  it.each(Object.keys(routes) as RouteName[])('answers %s by name when nobody answers it', async (route) => {
    const { method, path, by } = routes[route];
    const payload = { ...call(method, path), rawPath: path.replace('{id}', 'a'), pathParameters: { id: 'a' } };
    const running = host(bundle(by, { timeoutSeconds: 3 }));
    const outcome = await running.invoke(by, { ...payload, ...payloads[route] });
    const { statusCode, body } = (outcome as { payload: { statusCode: number; body: string } }).payload;
    expect([statusCode, JSON.parse(body).error.name]).toEqual([502, 'Unreachable']);
  });

  it.each([
    ['url=5ec2e7', 'The body is not JSON.'],
    ['{"url":5ec2e7}', 'The body is not JSON (at position 9).'],
  ])('repeats nothing of a body that is not JSON (%s), in its answer and in its log', async (body, message) => {
    const lines: string[] = [];
    const outcome = await host(bundle('api'), silent.url, lines).invoke('api', { ...call('POST', '/transfers'), body });
    const { payload } = outcome as { payload: { body: string } };
    expect(JSON.parse(payload.body).error).toMatchObject({ name: 'InvalidRequest', message });
    expect([payload.body, ...lines].filter((line) => line.includes('5ec'))).toEqual([]);
  });
});

const ofTheMachine = ['initiate', 'plan', 'copy-whole', 'copy-batch', 'read-back', 'complete', 'abort'];

describe.each(ofTheMachine)('The bundle of %s', (name) => {
  it('refuses, by name, what a newer version sends, and asks nobody anything', async () => {
    const payload = { ...(events[name] as object), schema: SCHEMA + 1 };
    // The server says nothing, so whoever asked it would be ended as Sandbox.Timedout.
    const outcome = await host(bundle(name, { timeoutSeconds: 5 })).invoke(name, payload);
    expect(outcome).toMatchObject({ functionError: { errorType: 'NewerVersion' } });
  });
});

describe('The state machine', () => {
  type State = { Resource?: string; Retry?: { ErrorEquals: string[] }[]; ItemProcessor?: { States: States } };
  type States = Record<string, State>;
  const tasksIn = (states: States): [string, State][] =>
    Object.entries(states).flatMap(([name, state]) => [
      ...(state.Resource ? [[name, state] as [string, State]] : []),
      ...tasksIn(state.ItemProcessor?.States ?? {}),
    ]);
  const { States } = synthesizedMachine().definition as { States: States };
  // A bundle that cannot be loaded now cannot be loaded in an hour: a person deploys it again, then redrives.
  const forAPerson = ['Runtime.ImportModuleError'];

  it('tries again, in every task, each failure that a bundle can end with and that may pass', () => {
    const passing = [...emitted.keys()].filter((name) => !(name in errors) && !forAPerson.includes(name));
    expect(passing.toSorted()).toEqual([
      ...['Runtime.ExitError', 'Runtime.UncaughtException', 'Runtime.UnhandledPromiseRejection', 'Sandbox.Timedout'],
    ]);
    for (const [name, { Retry = [] }] of tasksIn(States))
      expect([name, Retry.flatMap(({ ErrorEquals }) => ErrorEquals)]).toEqual([name, expect.arrayContaining(passing)]);
  });
});
