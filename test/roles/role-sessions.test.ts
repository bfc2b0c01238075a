import { describe, expect, it } from 'vitest';
import { roleSessions } from '../../functions/adapters/aws/role-sessions.ts';
import type { Credentials } from '../../functions/adapters/s3/client.ts';
import { stsOf } from '../../functions/endpoints/sts.ts';
import { TransferError } from '../../functions/transfer/errors.ts';

const minutes = (count: number) => count * 60_000;
const role = { arn: 'arn:aws:iam::123456789012:role/partway' };
const endpoint = { name: 'theirs', region: 'eu-central-1', role };

/** Sessions of an hour. The keys of each are numbered in the order in which they were asked for. */
function sessions() {
  const world = { nowMs: 0, base: 'base', isDown: false, asked: 0 };
  const assume = async (): Promise<Credentials> => {
    if (world.isDown) throw new TransferError('Unreachable', 'no answer');
    world.asked += 1;
    const expiration = new Date(world.nowMs + minutes(60));
    return { accessKeyId: `session-${world.asked}`, secretAccessKey: 's', sessionToken: 't', expiration };
  };
  const read = roleSessions({ nowMs: () => world.nowMs }, assume)(endpoint, async () => ({
    accessKeyId: world.base,
    secretAccessKey: 's',
  }));
  const keyAt = async (nowMs: number, isRefused = false) => {
    world.nowMs = nowMs;
    return (await read({ isRefused })).accessKeyId;
  };
  return { world, keyAt };
}

describe('The STS that is asked', () => {
  const own = 'arn:aws:iam::123456789012:role/x';
  it.each([
    ['its own in the region', { arn: own }, 'https://sts.eu-central-1.amazonaws.com/', 'eu-central-1'],
    [
      'that of the partition',
      { arn: own.replace('aws', 'aws-cn') },
      'https://sts.eu-central-1.amazonaws.com.cn/',
      'eu-central-1',
    ],
    [
      'that of another region',
      { arn: own, stsUrl: 'https://sts.us-west-2.amazonaws.com' },
      'https://sts.us-west-2.amazonaws.com/',
      'us-west-2',
    ],
    ['the global one', { arn: own, stsUrl: 'https://sts.amazonaws.com' }, 'https://sts.amazonaws.com/', 'us-east-1'],
    [
      'one in a VPC',
      { arn: own, stsUrl: 'https://vpce-1a-2b.sts.us-east-2.vpce.amazonaws.com' },
      'https://vpce-1a-2b.sts.us-east-2.vpce.amazonaws.com/',
      'us-east-2',
    ],
    [
      'that of another store',
      { arn: own, stsUrl: 'https://sts.eu-store.example.org' },
      'https://sts.eu-store.example.org/',
      'eu-central-1',
    ],
  ])('is %s, and its request is signed for its region', (_what, named, url, region) => {
    const found = stsOf({ ...endpoint, role: named });
    expect([found.url.href, found.region]).toEqual([url, region]);
  });
});

describe('A session of a role', () => {
  it('is used as long as a Lambda and its presigned URLs can end before it does', async () => {
    const { keyAt } = sessions();
    expect([await keyAt(0), await keyAt(minutes(39)), await keyAt(minutes(41))]).toEqual([
      'session-1',
      'session-1',
      'session-2',
    ]);
  });

  it('is asked for again if the keys have changed that ask for it', async () => {
    const { world, keyAt } = sessions();
    await keyAt(0);
    world.base = 'rotated';
    expect([await keyAt(1), await keyAt(2)]).toEqual(['session-2', 'session-2']);
  });

  it('is asked for again if a store has refused it, but not if it is new', async () => {
    const { keyAt } = sessions();
    await keyAt(0);
    expect([await keyAt(minutes(4), true), await keyAt(minutes(6), true), await keyAt(minutes(7), true)]).toEqual([
      'session-1',
      'session-2',
      'session-2',
    ]);
  });

  it('goes on to its end while STS does not answer, and not longer', async () => {
    const { world, keyAt } = sessions();
    await keyAt(0);
    world.isDown = true;
    expect([await keyAt(minutes(50)), await keyAt(minutes(59), true)]).toEqual(['session-1', 'session-1']);
    await expect(keyAt(minutes(61))).rejects.toMatchObject({ name: 'Unreachable' });
  });
});
