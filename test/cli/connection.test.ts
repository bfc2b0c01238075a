import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { deployedApi, localApi } from '../../tools/cli/api/connection.ts';
import { keys, writeStack } from './fixture/api-server.ts';

const home = mkdtempSync(join(tmpdir(), 'partway-home-'));
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const noStack = { name: 'NoStack', exitCode: 3, next: expect.stringContaining('npm run local') };

describe('the stack on this computer', () => {
  it('is NoStack when there is no state folder', async () => {
    await expect(localApi(join(home, 'nowhere')).connect()).rejects.toMatchObject(noStack);
  });

  it('is NoStack when its process is gone', async () => {
    writeStack(home, { pid: 2 ** 30 });
    await expect(localApi(home).connect()).rejects.toMatchObject(noStack);
  });

  it('is NoStack when its file is half written', async () => {
    writeFileSync(join(home, 'stack.json'), '{ "pid": 1');
    await expect(localApi(home).connect()).rejects.toMatchObject(noStack);
  });

  it('is called with the keys that it wrote down', async () => {
    writeStack(home);
    expect(await localApi(home).connect()).toMatchObject({ apiUrl: 'http://127.0.0.1:1', credentials: keys });
  });
});

describe('a deployed stack', () => {
  const apiUrl = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com';
  const own = 'https://api.example.com';

  it('says its region in its host name, which is surer than AWS_REGION', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect((await deployedApi({ apiUrl, region: undefined }).connect()).region).toBe('eu-central-1');
  });

  it('has the region of --region before all, and of AWS_REGION with a domain of its own', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect((await deployedApi({ apiUrl, region: 'cn-north-1' }).connect()).region).toBe('cn-north-1');
    expect((await deployedApi({ apiUrl: own, region: undefined }).connect()).region).toBe('us-east-1');
  });

  it('is refused when nobody knows its region, or when it has no URL', () => {
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_DEFAULT_REGION', '');
    expect(() => deployedApi({ apiUrl: own, region: undefined })).toThrow('does not say its region');
    expect(() => deployedApi({ apiUrl: 'example', region: 'x' })).toThrow('takes the URL of the API');
  });
});
