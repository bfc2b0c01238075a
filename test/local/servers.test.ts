import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBus } from '../../tools/local/aws/bus.ts';
import { startDoorbell } from '../../tools/local/aws/doorbell.ts';
import { startGateway } from '../../tools/local/aws/gateway.ts';
import { startLocalServer } from '../../tools/local/door/server.ts';
import { startRuntimeApi } from '../../tools/local/lambda/runtime-api.ts';
import { localFunction } from './fixture/functions.ts';

type Asked = { readonly port: number; readonly method?: string; readonly path?: string; readonly body?: string };

async function ask({ port, method = 'GET', path = '/', body }: Asked, headers: Record<string, string>) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, resolve);
    request.on('error', reject).end(body);
  });
  return { status: response.statusCode, body: await text(response) };
}

const foreign = (port: number): Record<string, string>[] => [
  { host: `evil.example:${port}` },
  { host: '127.0.0.1:1' },
  { host: `127.0.0.1:${port}`, origin: 'https://evil.example' },
  { host: `127.0.0.1:${port}`, origin: 'null' },
];

describe('A server of the stack', () => {
  it('refuses requests with a foreign Host and requests of a foreign page', async () => {
    let asked = 0;
    const server = await startLocalServer((_request, response) => {
      asked += 1;
      response.end('done');
    });
    onTestFinished(server.close);
    for (const headers of foreign(server.port))
      expect(await ask({ port: server.port, method: 'POST', body: 'x' }, headers)).toMatchObject({ status: 403 });
    expect(asked).toBe(0);
    expect(await ask({ port: server.port }, { host: server.host })).toEqual({ status: 200, body: 'done' });
  });

  it('accepts requests of its own page only if it serves pages', async () => {
    const pages = await startLocalServer((_request, response) => void response.end(), { servesPages: true });
    const service = await startLocalServer((_request, response) => void response.end());
    onTestFinished(pages.close);
    onTestFinished(service.close);
    const own = (host: string) => ({ host, origin: `http://${host}` });
    const local = `localhost:${pages.port}`;
    expect((await ask({ port: pages.port }, own(pages.host))).status).toBe(200);
    expect((await ask({ port: pages.port }, own(local))).status).toBe(200);
    expect((await ask({ port: pages.port }, { host: local, origin: pages.url })).status).toBe(403);
    expect((await ask({ port: service.port }, own(service.host))).status).toBe(403);
  });

  it('is made by startLocalServer, which guards it; only the store guards itself', () => {
    const folder = 'tools';
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ts|mjs)$/.test(name));
    const makers = files.filter((name) => /createServer/.test(readFileSync(join(folder, name), 'utf8')));
    // port.ts only tests if a port is free, and reads no requests.
    expect(makers.sort()).toEqual(['local/door/server.ts', 'local/port.ts', 'store/server.ts']);
  });
});

describe('The gateway', () => {
  it('calls no function for a foreign page, even if its request has a right signature', async () => {
    let invoked = 0;
    const route = { logicalId: 'r', apiId: 'a', routeKey: '$default', authorizationType: 'NONE', functionArn: 'f' };
    const invoke = async () => {
      invoked += 1;
      return { payload: { statusCode: 200 } };
    };
    const gateway = await startGateway({ routes: [route], invoke, authorize: async () => undefined });
    onTestFinished(gateway.close);
    for (const headers of foreign(gateway.port)) expect((await ask(gateway, headers)).status).toBe(403);
    expect(invoked).toBe(0);
    expect((await ask(gateway, { host: gateway.host, origin: gateway.url })).status).toBe(200);
  });
});

describe('The doorbell', () => {
  it('accepts only calls of a store that knows its path', async () => {
    let rung = 0;
    const rule = { logicalId: 'r', name: 'r', enabled: true, busName: 'default', eventPattern: { source: ['aws.s3'] } };
    const bus = createBus({
      rules: [{ ...rule, targets: [{ id: 't', arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m' }] }],
      invoke: async () => ({ payload: null }),
      startExecution: () => (rung += 1),
      onUndelivered: () => {},
    });
    const doorbell = await startDoorbell(() => bus);
    onTestFinished(doorbell.close);
    const { port: text, pathname, host } = new URL(doorbell.url);
    const port = Number(text);
    const ring = { port, method: 'POST', body: JSON.stringify({ id: '1', source: 'aws.s3', detail: {} }) };
    for (const headers of foreign(port)) expect((await ask({ ...ring, path: pathname }, headers)).status).toBe(403);
    expect((await ask({ ...ring, path: '/' }, { host })).status).toBe(404);
    expect(rung).toBe(0);
    expect((await ask({ ...ring, path: pathname }, { host })).status).toBe(200);
    expect(rung).toBe(1);
  });
});

describe('The Runtime API of an environment', () => {
  it('gives no invocation to another process, and accepts no answer from it', async () => {
    const heard: string[] = [];
    const api = await startRuntimeApi(localFunction('Copy'), {
      onNext: () => heard.push('next'),
      onOutcome: (requestId) => heard.push(requestId),
      onInitError: () => heard.push('init'),
    });
    onTestFinished(api.close);
    const { port: text, host, pathname } = new URL(`http://${api.address}`);
    const port = Number(text);
    const attempts = [
      { port, path: '/2018-06-01/runtime/invocation/next' },
      { port, path: `/${'0'.repeat(36)}/2018-06-01/runtime/invocation/next` },
      { port, method: 'POST', path: '/2018-06-01/runtime/invocation/1/response', body: '{}' },
      { port, method: 'POST', path: '/2018-06-01/runtime/init/error', body: '{}' },
    ];
    for (const attempt of attempts) expect((await ask(attempt, { host })).status).toBe(403);
    const answer = { port, method: 'POST', path: `${pathname}/2018-06-01/runtime/invocation/1/response`, body: '{}' };
    for (const headers of foreign(port)) expect((await ask(answer, headers)).status).toBe(403);
    expect(heard).toEqual([]);
    expect((await ask(answer, { host })).status).toBe(202);
    expect(heard).toEqual(['1']);
  });
});
