import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readStackConfig } from '../../infra/stack-config.ts';

const path = join(mkdtempSync(join(tmpdir(), 'partway-config-')), 'partway.json');
const store = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', secretName: 'partway/store' };
const role = { arn: 'arn:aws:iam::123456789012:role/partway', externalId: 'partner-7' };
const good = { ...store, allow: { read: ['films'], write: ['backups/'] } };

function read(config: unknown) {
  writeFileSync(path, JSON.stringify(config));
  return readStackConfig(new Stack(new App(), 'Partway'), path);
}

describe('partway.json', () => {
  it('has endpoints with the fields of the construct, and the name of their secret', () => {
    const kmsKeyArns = ['arn:aws:kms:eu-central-1:123456789012:key/x'];
    const { endpoints } = read({ endpoints: { store: { ...good, kmsKeyArns, cannedAcls: ['public-read'] } } });
    expect(endpoints).toMatchObject([
      {
        name: 'store',
        allow: good.allow,
        kmsKeyArns,
        cannedAcls: ['public-read'],
        secret: { secretName: 'partway/store' },
      },
    ]);
  });

  it('may name a role, who pays, and who owns the buckets', () => {
    const said = { requesterPays: true, expectedBucketOwner: '123456789012', role };
    const { endpoints } = read({
      endpoints: { aws: { provider: 'aws', region: 'eu-central-1', allow: ['data'], ...said } },
    });
    expect(endpoints).toMatchObject([said]);
  });

  it('may begin with a byte-order mark, and a fault in it is told with file and line', () => {
    writeFileSync(path, `\uFEFF${JSON.stringify({ endpoints: { store: good } })}`);
    expect(readStackConfig(new Stack(new App(), 'Partway'), path).endpoints).toHaveLength(1);
    writeFileSync(path, '{\n  "endpoints": {\n    "store": {,\n  }\n}\n');
    const reading = () => readStackConfig(new Stack(new App(), 'Partway'), path);
    expect(reading).toThrow(`${path} cannot be read: it is no JSON from line 3 on.`);
  });

  it('can be read in the form of partway.example.json', () => {
    const example = readStackConfig(new Stack(new App(), 'Partway'), 'partway.example.json');
    expect(example.endpoints.map(({ name }) => name)).toEqual(['aws', 'store']);
  });

  it('has at least one endpoint', () => {
    expect(() => read({ endpoints: {} })).toThrow('`endpoints`: it takes at least one endpoint');
  });

  it.each([
    ['every bucket', { allow: ['*'] }, /`endpoints.store.allow.0` is "\*"; it takes a bucket/],
    ['credentials in a URL', { url: 'https://a:b@s3.example.org' }, /`endpoints.store.url`: it takes .* without user/],
    ['a query in a URL', { url: 'https://s3.example.org?x=1' }, /`endpoints.store.url`: .*without user, query/],
    ['another store without a secret', { secretName: undefined }, /`endpoints.store.url`: it is not AWS, .* no secret/],
    ['a kind of store that nobody knows', { provider: 'cephh' }, /`endpoints.store.provider` is "cephh"/],
    ['keys in the place of a secret', { accessKeyId: 'x' }, /`endpoints.store.accessKeyId` is not a field/],
    ['all roles', { role: { arn: 'arn:aws:iam::1:role/*' } }, /`endpoints.store.role.arn` is .*the ARN of a role/],
    ['a role without its STS', { role }, /`endpoints.store.role`: .*the address of the store's own STS as `stsUrl`/],
    ['an owner that is no account', { expectedBucketOwner: 'me' }, /`endpoints.store.expectedBucketOwner` is "me"/],
    ['a payer that is no answer', { requesterPays: 'yes' }, /`endpoints.store.requesterPays` is "yes"/],
    ['a secret that looks like the end of an ARN', { secretName: 'partway-abcdef' }, /may not end in "-" and six/],
  ])('with %s is refused by the same rules as settings.json', (_what, more, message) => {
    expect(() => read({ endpoints: { store: { ...good, ...more } } })).toThrow(message);
  });

  it('says after how many days the sweep aborts a push', () => {
    expect(read({ endpoints: { store: good }, sweep: { pushDays: 30 } }).sweep).toEqual({ pushDays: 30 });
    for (const [pushDays, rule] of [
      [0, 'it takes at least 1'],
      [90, 'it takes at most 89'],
      [1.5, 'it takes a whole number'],
    ] as const)
      expect(() => read({ endpoints: { store: good }, sweep: { pushDays } })).toThrow(
        `\`sweep.pushDays\` is ${pushDays}; ${rule}`,
      );
  });

  it('is refused with all its mistakes at once', () => {
    const endpoints = { one: { ...good, region: '' }, two: { ...good, allow: [] }, 'no name': good };
    expect(() => read({ endpoints })).toThrow(/one\.region.*two\.allow.*no name/);
  });
});
