import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { deployedApi } from '../../tools/cli/api/deployed-api.ts';
import { apiClient } from '../../tools/client/api/api.ts';
import type { Api } from '../../tools/client/api/auth.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { keys, writeStack } from './fixture/api-server.ts';

const home = mkdtempSync(join(tmpdir(), 'partway-home-'));
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** The region and the service that a call is signed for. */
async function scopeOf(api: Api): Promise<string | undefined> {
  const request = {
    method: 'GET',
    url: new URL('https://api.example/endpoints'),
    headers: {},
    body: undefined,
  } as const;
  return (await api.auth?.(request))?.authorization;
}

const noStack = { name: 'NoStack', reached: false, mayPass: true, next: expect.stringContaining('npm run local') };

describe('the stack on this computer', () => {
  it('is NoStack if there is no state folder', async () => {
    await expect(apiClient(localApi(join(home, 'nowhere'))).endpoints()).rejects.toMatchObject(noStack);
  });

  it('is NoStack if its process is gone', async () => {
    writeStack(home, { pid: 2 ** 30 });
    await expect(apiClient(localApi(home)).endpoints()).rejects.toMatchObject(noStack);
  });

  it('is NoStack if another process has its pid by now', async () => {
    writeStack(home, { startTime: '1' });
    await expect(apiClient(localApi(home)).endpoints()).rejects.toMatchObject(noStack);
  });

  it('is NoStack if its file is half written', async () => {
    writeFileSync(join(home, 'stack.json'), '{ "pid": 1');
    await expect(apiClient(localApi(home)).endpoints()).rejects.toMatchObject(noStack);
  });

  it('is called with the keys from its file', async () => {
    writeStack(home);
    const api = localApi(home);
    expect(api.url()).toBe('http://127.0.0.1:1');
    expect(await scopeOf(api)).toContain(`${keys.accessKeyId}/`);
  });
});

describe('a deployed stack', () => {
  const apiUrl = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com';
  const own = 'https://api.example.com';

  it('has the region of its host name, even if AWS_REGION differs', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect(await scopeOf(deployedApi({ apiUrl, region: undefined }))).toContain('/eu-central-1/execute-api/');
  });

  it('has the region of --region, even if its host name differs, and that of AWS_REGION with a custom domain', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect(await scopeOf(deployedApi({ apiUrl, region: 'cn-north-1' }))).toContain('/cn-north-1/execute-api/');
    expect(await scopeOf(deployedApi({ apiUrl: own, region: undefined }))).toContain('/us-east-1/execute-api/');
  });

  it('is refused if its region is unknown, or if its address is not a URL', () => {
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_DEFAULT_REGION', '');
    expect(() => deployedApi({ apiUrl: own, region: undefined })).toThrow('does not say its region');
    expect(() => deployedApi({ apiUrl: 'example', region: 'x' })).toThrow('takes the URL of the API');
  });
});

it('Credentials are not sent over http://, except to this computer', async () => {
  for (const apiUrl of ['http://api.example.org/', 'http://10.0.0.1/', 'http://127.0.0.1.example.org/'])
    expect(() => deployedApi({ apiUrl, region: 'us-east-1' })).toThrow(/could read the session token/);
  for (const apiUrl of ['https://api.example.org/', 'http://127.0.0.1:1/', 'http://localhost:1/', 'http://[::1]:1/'])
    expect(deployedApi({ apiUrl, region: 'us-east-1' }).url).toBe(apiUrl);
});
