import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { type ApiServer, keys, region, startApiServer, writeStack } from './fixture/api-server.ts';
import { accepted, transferId } from './fixture/views.ts';

let server: ApiServer;
let client: ApiClient;
beforeAll(async () => {
  server = await startApiServer();
  client = apiClient(localApi(server.home));
});
afterAll(() => server.close());

const request = { source: { url: 'https://example.com/ä' }, target: { endpoint: 'us3', bucket: 'raw', key: 'ä' } };
const route = `/transfers/${transferId}`;

describe('the API client', () => {
  it('signs for execute-api, with the hash of the body', async () => {
    server.play({ 'POST /transfers': [{ status: 202, body: accepted }] });
    expect(await client.start(request, { idempotencyKey: 'k1' })).toMatchObject({ transferId });
    const { headers, body } = server.heard[0]!;
    expect(headers.authorization).toContain(`Credential=${keys.accessKeyId}/`);
    expect(headers.authorization).toContain(`/${region}/execute-api/aws4_request`);
    expect([headers['idempotency-key'], headers['content-type'], JSON.parse(body)]).toEqual([
      'k1',
      'application/json',
      request,
    ]);
  });

  it('signs queries as they are sent, with any characters in a page token', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [] } }] });
    await client.list({ limit: 5, after: "a+b/c= d&e'(ä)*!~" });
    const url = new URL(server.heard[0]!.url, server.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({ limit: '5', after: "a+b/c= d&e'(ä)*!~" });
  });

  it('signs paths with spaces and other special characters', async () => {
    server.play({ 'GET /transfers/a%20b%2F%C3%A4': [{ body: accepted }] });
    expect(await client.describe('a b/ä')).toMatchObject({ transferId });
  });

  it('finds the stack again after it was started on another port', async () => {
    const other = await startApiServer();
    other.play({ 'GET /endpoints': [{ body: { endpoints: [] } }] });
    writeStack(server.home, { apiUrl: other.url });
    expect(await client.endpoints()).toEqual({ endpoints: [] });
    writeStack(server.home, { apiUrl: server.url });
    await other.close();
  });
});

const notFound = { name: 'NotFound', message: 'There is no transfer x.', next: 'Check the id.' };
const throttled = { name: 'Throttled', message: 'Slow down.', next: 'Wait.' };
const oddity = { name: 'SomethingNew', message: 'Odd.', next: 'Look.' };

const failures = [
  ['a refusal of the API', { status: 404, body: { error: notFound } }, { ...notFound, reached: true, mayPass: false }],
  ['a passing failure', { status: 503, body: { error: throttled } }, { ...throttled, reached: true, mayPass: true }],
  ['a name it does not know', { status: 500, body: { error: oddity } }, { ...oddity, reached: true, mayPass: false }],
  [
    'a signature that is refused',
    { status: 403, body: { message: 'Forbidden' } },
    { name: 'NotAllowed', reached: false },
  ],
  ['a path that is no route', { status: 404, body: { message: 'Not Found' } }, { name: 'NotFound', reached: false }],
  [
    'a body that is too long',
    { status: 413, body: { message: 'Too Large' } },
    { name: 'InvalidRequest', reached: true },
  ],
  [
    'too many calls',
    { status: 429, body: { message: 'Too Many' } },
    { name: 'Throttled', reached: false, mayPass: true },
  ],
  [
    'a gateway in trouble',
    { status: 503, body: { message: 'x' } },
    { name: 'Unreachable', reached: false, mayPass: true },
  ],
  ['a proxy in trouble', { status: 502, raw: '<html>' }, { name: 'Unreachable', reached: false, mayPass: true }],
  ['a web page', { status: 200, raw: '<html>' }, { name: 'Unreachable', reached: false, mayPass: false }],
  ['some other API', { status: 200, body: { hello: 1 } }, { name: 'Unreachable', reached: false, mayPass: false }],
  ['a cut connection', { hangUp: true }, { name: 'Unreachable', reached: false, mayPass: true }],
] as const;

describe('an answer of the API', () => {
  it.each(failures)('becomes a failure with a name if it is %s', async (_, said, expected) => {
    server.play({ [`GET ${route}`]: [said] });
    await expect(client.describe(transferId)).rejects.toMatchObject({ ...expected, next: expect.stringMatching(/\w/) });
  });

  it('is Unreachable if nobody listens', async () => {
    writeStack(server.home, { apiUrl: 'http://127.0.0.1:1' });
    await expect(client.endpoints()).rejects.toMatchObject({ name: 'Unreachable', reached: false, mayPass: true });
    writeStack(server.home, { apiUrl: server.url });
  });

  it('is a refusal if the keys are wrong', async () => {
    writeStack(server.home, { apiUrl: server.url, secretAccessKey: 'wrong' });
    await expect(client.endpoints()).rejects.toMatchObject({ name: 'NotAllowed', reached: false });
    writeStack(server.home, { apiUrl: server.url });
  });
});
