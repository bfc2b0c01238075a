import { mkdtempSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, listenersOf } from './listeners.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';

let stack: StackProcess;
let listeners: Listener[];
/** What nobody may read who has not signed for it. */
let secrets: string[];

beforeAll(async () => {
  stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-e2e-doors-')));
  // One function is up, and with it its Runtime API.
  await stack.api.list();
  listeners = process.platform === 'linux' ? listenersOf(stack.pid) : [];
  const { api, a, b } = JSON.parse(readFileSync(join(stack.home, 'identity.json'), 'utf8'));
  secrets = [api, a, b].map(({ secretAccessKey }) => secretAccessKey);
});
afterAll(() => stack.stop());

type Asked = { readonly method: string; readonly path: string; readonly headers: Record<string, string> };

async function ask({ port }: Listener, { method, path, headers }: Asked, body?: string) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, resolve);
    request.on('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}

const json = { 'content-type': 'application/x-amz-json-1.0' };

/** What another user of this computer, or a web page, may try at a port of which it knows nothing. */
const attempts: readonly (Omit<Asked, 'headers'> & { headers?: Record<string, string>; body?: string })[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/transfers' },
  { method: 'POST', path: '/transfers', body: '{}' },
  { method: 'GET', path: '/2018-06-01/runtime/invocation/next' },
  { method: 'POST', path: '/2018-06-01/runtime/invocation/x/response', body: '{}' },
  { method: 'GET', path: '/data?list-type=2' },
  { method: 'PUT', path: '/data/x', body: 'x' },
  ...[
    ['secretsmanager.GetSecretValue', { SecretId: 'partway/b' }],
    ['AWSStepFunctions.ListExecutions', {}],
    ['DynamoDB_20120810.Scan', { TableName: 'x' }],
    ['AWSEvents.PutEvents', { Entries: [{ Source: 'x', DetailType: 'x', Detail: '{}' }] }],
  ].map(([target, input]) => {
    const headers = { ...json, 'x-amz-target': String(target) };
    return { method: 'POST', path: '/', headers, body: JSON.stringify(input) };
  }),
];

describe.runIf(process.platform === 'linux')('Every port that the stack listens on', () => {
  const each = async (headersOf: (host: string) => Record<string, string>) => {
    for (const listener of listeners) {
      for (const { body, headers, ...attempt } of attempts) {
        const own = `127.0.0.1:${listener.port}`;
        const answer = await ask(listener, { ...attempt, headers: { ...headers, ...headersOf(own) } }, body);
        const what = `${listener.command}: ${attempt.method} ${attempt.path} was answered with ${answer.status}`;
        expect(answer.status, what).toBeGreaterThanOrEqual(400);
        expect(answer.status, what).toBeLessThan(500);
        expect(answer.headers, what).not.toHaveProperty('access-control-allow-origin');
        for (const secret of secrets) expect(answer.text, what).not.toContain(secret);
      }
    }
  };

  it('is on the loopback interface, and there are those that we know', () => {
    expect(listeners.filter(({ address }) => address !== '127.0.0.1' && address !== '::1')).toEqual([]);
    const count = (word: string) => listeners.filter(({ command }) => command.includes(word)).length;
    // The door of the services, the gateway, the doorbell, and a Runtime API for each function that is up.
    expect(count('authorization/main.ts')).toBeGreaterThanOrEqual(4);
    expect(count('store/main.ts')).toBe(2);
    expect(count('bootstrap.mjs')).toBe(0);
  });

  it('gives nothing to a request without a signature', () => each((host) => ({ host })));

  it('gives nothing to a name that somebody else has led to this computer', () =>
    each((host) => ({ host: `evil.example:${host.split(':')[1]}` })));

  it('gives nothing to a foreign page, and tells its browser so', () =>
    each((host) => ({ host, origin: 'https://evil.example' })));

  it('refuses a foreign name before the body has come', async () => {
    for (const listener of listeners) {
      const headers = { host: `evil.example:${listener.port}`, 'content-length': '1000000' };
      const answer = await new Promise<number>((resolve, reject) => {
        const options = { host: '127.0.0.1', port: listener.port, method: 'PUT', path: '/data/x', headers };
        const request = httpRequest(options, (response) => {
          resolve(response.statusCode ?? 0);
          request.destroy();
        });
        request.on('error', reject).flushHeaders();
      });
      expect([listener.command, answer]).toEqual([listener.command, 403]);
    }
  });
});
