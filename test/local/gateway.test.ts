import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../tools/local/aws/gateway.ts';
import { type LambdaHost, startLambdaHost } from '../../tools/local/lambda/host.ts';
import { type Assembly, readAssembly } from '../../tools/local/template/assembly.ts';
import { synthesize } from './fixture/stack.ts';

const PAGE = 'https://page.example';
const USER = 'arn:aws:iam::000000000000:user/operator';
let assembly: Assembly;
let host: LambdaHost;
let gateway: Gateway;

beforeAll(async () => {
  assembly = readAssembly(synthesize());
  host = startLambdaHost({ functions: assembly.functions, variables: {}, log: () => {} });
  gateway = await startGateway({
    routes: assembly.routes,
    invoke: host.invoke,
    authorize: async (request, body) => {
      const isKnown = request.headers.authorization === `signed ${body.length}`;
      return isKnown ? { userArn: USER } : undefined;
    },
    timeoutMs: 60_000,
    allowOrigins: [PAGE],
  });
});
afterAll(async () => {
  await gateway.close();
  await host.close();
});

const call = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);

const asPage = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, ...more } });
const preflight = { method: 'OPTIONS', ...asPage(PAGE, { 'access-control-request-method': 'POST' }) };

describe('a web page', () => {
  it('of an allowed origin may send a preflight without a signature, and read answers', async () => {
    const asked = await call('/transfers', preflight);
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'POST,GET,DELETE',
      'access-control-allow-headers': expect.stringContaining('x-amz-date'),
    });
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const answered = await call('/open/1?says=plain', asPage(PAGE));
    expect([answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
    expect((await call('/transfers', { method: 'POST', body: '{}', ...asPage(PAGE) })).status).toBe(403);
  });

  it('of another origin is refused', async () => {
    const response = await call('/open/1?says=plain', asPage('https://other.example'));
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

describe('the gateway', () => {
  it('refuses an unsigned request to a route with IAM', async () => {
    const response = await call('/transfers', { method: 'POST', body: '{}' });
    expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
  });

  it('turns a signed request into a payload 2.0 event that names the caller', async () => {
    const headers = { authorization: 'signed 7', 'content-type': 'application/json', 'x-two': 'a' };
    const response = await call('/transfers?tag=a&tag=b%20c', { method: 'POST', headers, body: '{"n":1}' });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: 'POST /transfers',
      rawPath: '/transfers',
      rawQueryString: 'tag=a&tag=b%20c',
      queryStringParameters: { tag: 'a,b c' },
      headers: { 'x-two': 'a' },
      body: '{"n":1}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', path: '/transfers' }, authorizer: { iam: { userArn: USER } } },
    });
  });

  it('decodes path parameters, and passes on cookies and binary bodies', async () => {
    const headers = { cookie: 'x=1; y=2', 'content-type': 'application/octet-stream' };
    const response = await call('/open/a%2Fb', { method: 'PUT', headers, body: new Uint8Array([255, 0]) });
    expect(await response.json()).toMatchObject({
      routeKey: 'ANY /open/{id}',
      pathParameters: { id: 'a/b' },
      cookies: ['x=1', 'y=2'],
      body: '/wA=',
      isBase64Encoded: true,
    });
  });

  it.each([
    ['/open/1?says=plain', 200, { hello: 'world' }],
    ['/open/1?says=nothing', 500, { message: 'Internal Server Error' }],
    ['/open', 404, { message: 'Not Found' }],
    ['/open/1/more', 404, { message: 'Not Found' }],
  ])('answers %s with %i', async (path, status, body) => {
    const response = await call(path);
    expect([response.status, await response.json()]).toEqual([status, body]);
  });

  it('answers 503 when a function takes longer than API Gateway waits', async () => {
    const never = () => new Promise<never>(() => {});
    const impatient = await startGateway({
      routes: assembly.routes,
      invoke: never,
      authorize: async () => undefined,
      timeoutMs: 1,
    });
    const response = await fetch(`${impatient.url}/open/1`);
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    await impatient.close();
  });

  it('decodes a binary answer', async () => {
    const response = await call('/open/1?says=binary');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 255]);
  });

  it.each([11, 7])('answers 413 to a body of %i MB', async (megabytes) => {
    const body = new Uint8Array(megabytes * 1024 * 1024);
    const response = await call('/open/1', { method: 'POST', body, headers: { 'content-type': 'text/plain' } });
    expect(response.status).toBe(413);
  });

  it('does not start with a kind of authorization that it cannot run', async () => {
    const routes = assembly.routes.map((route) => ({ ...route, authorizationType: 'JWT' }));
    await expect(startGateway({ routes, invoke: host.invoke, authorize: async () => undefined })).rejects.toThrow(
      'JWT',
    );
  });
});
