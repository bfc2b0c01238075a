import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { servicesOf } from '../../tools/local/aws/services.ts';
import { type OpenDoor, openDoor } from '../local/fixture/door.ts';
import { type Bench, BUCKET, keys, openBench } from '../providers/bench.ts';
import { aws } from '../providers/tempers/aws.ts';
import type { Refusal, Rule } from '../providers/tempers/temper.ts';
import { partsOf, trialTo } from '../providers/trial.ts';
import { connectedTo } from './connected.ts';

/** A real store behind a proxy. Secrets Manager and the Lambdas' ports are real too; all use sockets. */
let bench: Bench;
let door: OpenDoor;
let secret: Record<string, unknown> = {};
let reads = 0;

beforeAll(async () => {
  bench = await openBench(aws);
  const services = servicesOf({
    machines: () => [],
    putEvents: () => [],
    secrets: {
      store: () => {
        reads += 1;
        return JSON.stringify(secret);
      },
    },
  });
  door = await openDoor(services);
  const { accessKeyId, secretAccessKey, sessionToken } = door.callers.credentialsOf('CopyBatch');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', door.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await door.close();
  await bench.close();
});

/** The ports of one Lambda, whose client keeps its credentials for a whole batch. */
function lambda(provider = 'aws') {
  const url = `http://127.0.0.1:${bench.proxy.port}`;
  return connectedTo({ name: 'b', provider, url, region: aws.region, secretArn: 'store', allow: [BUCKET] });
}

const target = (key: string) => ({ endpoint: 'b', bucket: BUCKET, key });
const asked = (key: string) => parseRequest({ source: { ...target(key), endpoint: 'a' }, target: target(key) });

/** A store that accepts one token. When the second part comes, it expires that token and calls `onExpiry`. */
function oneToken(key: string, refusal: Refusal, onExpiry: () => void): Rule {
  let token = 'token-1';
  let parts = 0;
  return {
    on: '*',
    refuse: (ask) => {
      if (ask.key !== key) return undefined;
      if (ask.operation === 'UploadPart' && ask.headers['x-amz-security-token'] === 'token-1' && ++parts === 2) {
        token = 'token-2';
        onExpiry();
      }
      return ask.headers['x-amz-security-token'] === token ? undefined : refusal;
    },
  };
}

async function rotatedInTheMiddle(key: string, refusal: Refusal, rotate: () => void) {
  secret = { ...keys, sessionToken: 'token-1' };
  const heal = bench.proxy.trouble(oneToken(key, refusal, rotate));
  onTestFinished(heal);
  const trial = trialTo(bench, key, { content: partsOf(bench, 3) });
  const { target: open } = lambda();
  const opened = await open({ request: asked(key) }); // opened once, because one Lambda copies all parts in one batch
  Object.assign(trial.world.ports, { target: async () => opened });
  const retry = { count: 10, intervalSeconds: 1, backoff: 1 };
  return { trial, end: await trial.copy({ retry, patienceSeconds: 3600 }) };
}

const expired = { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' };
const unknown = { status: 403, code: 'InvalidAccessKeyId', message: 'The security token is invalid.' };

describe('A secret that is rotated in the middle of a batch', () => {
  it.each([
    ['its token has expired', expired],
    ['its key is not known', unknown],
  ])('costs one attempt, and no execution fails, if the store says that %s', async (what, refusal) => {
    const key = `rotated-${what.length}`;
    const { end, trial } = await rotatedInTheMiddle(key, refusal, () => {
      secret = { ...keys, sessionToken: 'token-2' };
    });
    expect(end).toMatchObject({ status: 'SUCCEEDED', transfer: { state: 'copied', uploadsBegun: 1 } });
    expect(await bench.behind.get(key)).toEqual(trial.content);
    const parts = bench.proxy.asked(key, 'UploadPart');
    const taken = parts.filter(({ status }) => status === 200).map(({ partNumber }) => partNumber);
    expect(taken.toSorted()).toEqual([1, 2, 3]);
    expect(parts.filter(({ status }) => status !== 200).map(({ partNumber }) => partNumber)).toEqual([2]);
    expect(JSON.stringify(end)).not.toContain('token-');
  });

  it('is found even if the new secret comes late', async () => {
    const { end, trial } = await rotatedInTheMiddle('late', expired, () => {
      setTimeout(() => {
        secret = { ...keys, sessionToken: 'token-2' };
      }, 1500);
    });
    expect([end.status, trial.world.invocations.filter((name) => name === 'copybatch').length > 0]).toEqual([
      'SUCCEEDED',
      true,
    ]);
    expect(await bench.behind.get('late')).toEqual(trial.content);
  });

  it('is not assumed if the secret still has the refused keys: the transfer fails as Refused', async () => {
    const { end } = await rotatedInTheMiddle('not-rotated', unknown, () => {});
    expect([end.error, end.transfer.state]).toEqual(['Refused', 'failed']);
    expect(end.cause).toContain('InvalidAccessKeyId');
  });
});

describe('A secret', () => {
  it('that says when it expires is read again before that time, but not for every request', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString(); // within the SDK's five minutes
    secret = { ...keys, expiration: soon };
    const store = await lambda().target({ request: asked('soon') });
    const before = reads;
    for (let requests = 0; requests < 5; requests += 1) await store.inspect(target('soon'));
    expect(reads - before).toBe(1);
    vi.useFakeTimers({ now: Date.now() + 3_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    secret = { accessKeyId: 'renewed', secretAccessKey: 'renewed' };
    await expect(store.inspect(target('soon'))).rejects.toMatchObject({ name: 'Refused' });
    expect(reads - before).toBe(2);
  });

  it('with a session token is refused before the store is asked, if the store takes no tokens', async () => {
    secret = { ...keys, sessionToken: 'token-1' };
    await expect(lambda('qingstor').target({ request: asked('k') })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(/"b" has a sessionToken, but QingCloud QingStor takes none/),
    });
    expect(bench.proxy.asked('k')).toEqual([]);
  });

  it('is not read by a client that got its keys directly', async () => {
    const store = s3Target(bench.client({ keys: { secretAccessKey: 'wrong' } }), bench.profile);
    const before = reads;
    await expect(store.inspect(target('static'))).rejects.toMatchObject({ name: 'Refused' });
    expect(reads).toBe(before);
  });
});
