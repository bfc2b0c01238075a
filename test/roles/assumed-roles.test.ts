import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect, pushPorts } from '../../functions/runtime/connect.ts';
import type { Endpoint } from '../../functions/transfer/endpoint.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { servicesOf } from '../../tools/local/aws/services.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { openDoor } from '../local/fixture/door.ts';
import { refused, type Sts, startSts } from './sts.ts';

const region = 'eu-central-1';
const arn = 'arn:aws:iam::123456789012:role/partway';
const base = { accessKeyId: 'AKIABASE', secretAccessKey: 'hush-of-base', sessionToken: 'token-of-base' };
const target = { endpoint: 'theirs', bucket: 'data', key: 'k' };
const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
const request = parseRequest({ source: { ...target, endpoint: 'a' }, target });
const signal = new AbortController().signal;

/** A store that only knows the sessions of this STS, and its own keys, which nobody here has. */
async function storeOf({ callers }: Sts): Promise<RunningStore> {
  const directory = mkdtempSync(join(tmpdir(), 'partway-roles-'));
  const owner = { accessKeyId: 'owner', secretAccessKey: 'of-the-store' };
  const store = await startStore({ directory, port: 0, ...owner, region, buckets: ['data'], callers });
  onTestFinished(() => store.close());
  return store;
}

/** The ports of one Lambda, whose own role has the base keys. */
async function lambda(rules: Partial<Parameters<typeof startSts>[0]> = {}, more: Partial<Endpoint> = {}) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', base.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', base.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', base.sessionToken);
  onTestFinished(() => void vi.unstubAllEnvs());
  const sts = await startSts({ base, region, externalId: 'partner-7', ...rules });
  onTestFinished(() => sts.close());
  const { url } = await storeOf(sts);
  const role = { arn, externalId: 'partner-7', stsUrl: sts.url };
  const endpoint = {
    name: 'theirs',
    provider: 'aws',
    url,
    region,
    secretArn: undefined,
    allow: ['data'],
    role,
    ...more,
  };
  const config = {
    ...{ tableName: 't', endpointsPath: '/e', stateMachineArn: undefined },
    urlPolicy: { allowHttp: false, allowPrivateAddresses: false },
  };
  const register = { read: async () => endpoint, list: async () => [endpoint] };
  const ports = connect([pushPorts], config, register)(() => Date.now() + 60_000);
  return { sts, ports };
}

describe('An endpoint that names a role', () => {
  it('is read and written with a session of the role, which knows the external id', async () => {
    const { sts, ports } = await lambda();
    const store = await ports.target({ request });
    await store.putObject(write, Readable.from([Buffer.from('bytes')], { objectMode: false }), 5, signal);
    expect((await store.inspect(target))?.bytes).toBe(5);
    expect(sts.asked).toEqual([
      {
        ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: arn },
        ...{ RoleSessionName: 'partway-theirs', ExternalId: 'partner-7' },
      },
    ]);
  });

  it('takes its keys from a secret if it has one, as on a computer', async () => {
    const services = servicesOf({
      machines: () => [],
      putEvents: () => [],
      secrets: { ofTheirs: () => JSON.stringify(base) },
    });
    const door = await openDoor(services);
    onTestFinished(() => door.close());
    const { sts, ports } = await lambda({}, { secretArn: 'ofTheirs' });
    const { accessKeyId, secretAccessKey, sessionToken } = door.callers.credentialsOf('CopyBatch');
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', door.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
    expect(await (await ports.target({ request })).inspect(target)).toBeUndefined();
    expect(sts.asked).toHaveLength(1);
  });

  it('asks for one session, however often it is opened', async () => {
    const { sts, ports } = await lambda();
    for (let times = 0; times < 3; times += 1) await (await ports.target({ request })).inspect(target);
    await ports.signer({ request });
    expect(sts.asked).toHaveLength(1);
  });

  it('is refused by name if the role cannot be assumed, and no secret is told', async () => {
    const { ports } = await lambda({ externalId: 'another' });
    await expect(ports.target({ request })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(
        /^(?!.*(hush|token-of)).*Assume the role arn:aws:iam::123456789012:role\/partway of endpoint "theirs": 403 AccessDenied: .*trust policy.*`externalId`/,
      ),
    });
  });

  it.each([
    ['answers 503', { status: 503, text: 'busy' }, 'Unreachable'],
    ['throttles', refused('Throttling', 'Rate exceeded', 400), 'Throttled'],
    ['says that the keys have expired', refused('ExpiredToken', 'The token is expired'), 'Expired'],
    ['answers with no session', { status: 200, text: '<html/>' }, 'Unreachable'],
    ['redirects', { status: 302, text: '' }, 'Refused'],
  ])('fails as the list of errors says if STS %s', async (_what, said, name) => {
    const { ports } = await lambda({ instead: () => said });
    await expect(ports.target({ request })).rejects.toMatchObject({ name });
  });

  it('cannot be reached if its STS cannot', async () => {
    const { sts, ports } = await lambda();
    await sts.close();
    await expect(ports.target({ request })).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ did not answer/),
    });
  });

  it('signs URLs that end with the session', async () => {
    const { ports } = await lambda({ lifeSeconds: 400 });
    const { url, expiresAt } = await (await ports.signer({ request })).part({
      target,
      uploadId: 'u',
      partNumber: 1,
      bytes: 1,
    });
    expect(Number(new URL(url).searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(400);
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 400_000);
  });

  it('gets another session before the first one expires, while one client is at work', async () => {
    const { sts, ports } = await lambda();
    const store = await ports.target({ request });
    await store.inspect(target);
    vi.useFakeTimers({ now: Date.now() + 56 * 60_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    expect(await store.inspect(target)).toBeUndefined();
    expect(sts.asked).toHaveLength(2);
  });

  it('is refused as such if the store refuses a session that is new', async () => {
    const { sts, ports } = await lambda();
    const store = await ports.target({ request });
    sts.revoke();
    await expect(store.inspect(target)).rejects.toMatchObject({ name: 'Refused' });
    expect(sts.asked).toHaveLength(1);
  });

  it('gets another session if the store refuses an older one', async () => {
    const { sts, ports } = await lambda();
    const store = await ports.target({ request });
    await store.inspect(target);
    sts.revoke();
    vi.useFakeTimers({ now: Date.now() + 6 * 60_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    expect(await store.inspect(target)).toBeUndefined();
    expect(sts.asked).toHaveLength(2);
  });
});
