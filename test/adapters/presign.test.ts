import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { connect, pushPorts } from '../../functions/runtime/connect.ts';
import { parseRequest } from '../../functions/transfer/request.ts';

const target = { endpoint: 'b', bucket: 'data', key: 'k' };
const facts = {
  name: 'b',
  provider: 'aws',
  url: 'http://10.0.0.7:9000',
  region: 'x',
  secretArn: undefined,
  allow: ['data'],
};
const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
const write = {
  target,
  headers: { contentType: 'video/mp4' },
  metadata: { team: 'ops' },
  storageClass: undefined,
  onlyIfAbsent: true,
};
const part = { target, uploadId: 'u', partNumber: 7, bytes: 10 };

function signer(expiration?: Date) {
  const client = s3Client(facts, profiles.aws, { ...keys, ...(expiration && { expiration }) });
  onTestFinished(() => client.destroy());
  return s3Signer(client, profiles.aws);
}
const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe('A presigned write', () => {
  it('is valid for 15 minutes, and signs its length', async () => {
    const { url, headers, expiresAt } = await signer().part(part);
    expect(queryOf(url)).toMatchObject({
      'X-Amz-Expires': '900',
      'X-Amz-SignedHeaders': 'content-length;content-type;host',
      partNumber: '7',
      uploadId: 'u',
    });
    expect(headers).toEqual({ 'content-type': 'application/octet-stream' });
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 900_000)).toBeLessThan(60_000);
  });

  it('is not valid longer than the credentials that sign it', async () => {
    const soon = new Date(Date.now() + 400_000);
    const { url, expiresAt } = await signer(soon).part(part);
    expect(Number(queryOf(url)['X-Amz-Expires'])).toBeLessThanOrEqual(400);
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(soon.getTime() + 1000);
  });

  it('has all attributes of the object as signed headers, and none of them in the query', async () => {
    const { url, headers } = await signer().object(write, 10, {
      crc32: 0xdead_beef,
      md5: 'd41d8cd98f00b204e9800998ecf8427e',
    });
    expect(headers).toEqual({
      'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
      'content-type': 'video/mp4',
      'if-none-match': '*',
      'x-amz-checksum-crc32': '3q2+7w==',
      'x-amz-meta-team': 'ops',
    });
    const query = queryOf(url);
    expect(query['X-Amz-SignedHeaders']?.split(';')).toEqual(expect.arrayContaining(Object.keys(headers)));
    expect(Object.keys(query).filter((name) => /meta|checksum|md5/i.test(name))).toEqual([]);
  });

  it('has the headers that the request adds; all are signed, except User-Agent, which proxies change', async () => {
    const addedHeaders = { 'user-agent': 'mine', 'x-obs-expires': '3' };
    const { url, headers } = await signer().object({ ...write, addedHeaders }, 10);
    expect(headers).toMatchObject(addedHeaders);
    const signed = queryOf(url)['X-Amz-SignedHeaders']?.split(';');
    expect([signed?.includes('x-obs-expires'), signed?.includes('user-agent')]).toEqual([true, false]);
  });

  it('is signed for the address by which clients reach the store', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const endpoint = { ...facts, publicUrl: 'https://s3.example.org' };
    const config = {
      tableName: 't',
      endpointsPath: '/e',
      stateMachineArn: undefined,
      urlPolicy: { allowHttp: false, allowPrivateAddresses: false },
    };
    const ports = connect([pushPorts], config, { read: async () => endpoint, list: async () => [endpoint] })(
      () => Date.now() + 10_000,
    );
    const request = parseRequest({ source: { client: { name: 'x', bytes: 10 } }, target });
    const { url } = await (await ports.signer({ request })).part(part);
    expect(new URL(url).origin).toMatch(/^https:\/\/(data\.)?s3\.example\.org$/);
  });
});
