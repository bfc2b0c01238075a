import { App, Aws, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { functionCalls } from '../../infra/function-calls.ts';
import { type EndpointProps, Partway } from '../../infra/partway.ts';
import { deployed } from './deployed.ts';
import { rolesOf } from './roles.ts';

const role = { arn: 'arn:aws:iam::123456789012:role/partway' };
const one = { name: 'x', provider: 'aws', region: 'eu-central-1', allow: ['bucket'] };

/** A stack with these endpoints. A function makes them, because they may need the stack. */
function stackWith(endpoints: (stack: Stack) => readonly EndpointProps[], props: StackProps = {}) {
  const stack = new Stack(new App(), 'Partway', props);
  const partway = new Partway(stack, 'Partway', { endpoints: endpoints(stack) });
  return { stack, partway, template: Template.fromStack(stack) };
}

/** The values that the Lambdas will read, by the endpoint's name. */
function parametersOf(template: Template): Record<string, unknown> {
  const resources = template.toJSON().Resources;
  const parameters = Object.values(template.findResources('AWS::SSM::Parameter'));
  return Object.fromEntries(
    parameters.map(({ Properties: { Name, Value } }) => [
      (deployed(Name, resources) as string).split('/').at(-1),
      JSON.parse(deployed(Value, resources) as string),
    ]),
  );
}

describe('An endpoint that cannot work is refused at synth', () => {
  it.each<[string, Partial<EndpointProps>, RegExp]>([
    ['every bucket', { allow: ['*'] }, /"x": `allow.0` is "\*"; it takes a bucket/],
    [
      'credentials in its URL',
      { url: 'https://key:secret@s3.example.org' },
      /"x": `url`: it takes a URL .* without user/,
    ],
    ['a query in its URL', { url: 'https://s3.example.org?x=1' }, /"x": `url`: .*without user, query/],
    ['an unknown kind of store', { provider: 'cephh' }, /`provider` is "cephh"; it takes .*"ceph"/],
    ['a name that no request could name', { name: 'a b' }, /`name` is "a b"; an endpoint name has letters/],
    ['no place at all', { allow: {} }, /`allow`: it names no place/],
    [
      'a list that is neither read nor write',
      { allow: { reads: ['bucket'] } as never },
      /`allow.reads` is not a field/,
    ],
    [
      'another store, and no secret',
      { url: 'https://s3.example.org' },
      /`url`: it is not AWS, and the endpoint names no/,
    ],
    ['AWS over HTTP, and no secret', { url: 'http://s3.eu-central-1.amazonaws.com' }, /`url`: it is not AWS/],
    ['a host that only looks like AWS', { url: 'https://s3.amazonaws.com.example.org' }, /`url`: it is not AWS/],
    ['another provider without a URL', { provider: 'ceph' }, /`url`: it is missing/],
    ['a directory bucket', { allow: ['logs--euc1-az1--x-s3'] }, /directory bucket.*use a general purpose bucket/],
    ['an access point', { allow: ['mine-abc123-s3alias'] }, /access point.*give the name of its bucket/],
    ['a star after a prefix', { allow: ['bucket/raw/*'] }, /every key that begins with it: leave out the "\*"/],
    [
      'an alias of a key',
      { kmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:alias/x'] },
      /`kmsKeyArns.0` is .*alias/,
    ],
    ['no list, in JavaScript', { allow: undefined as never }, /`allow` is missing; it takes a list of buckets/],
    ['an ARN', { allow: ['arn:aws:s3:eu-central-1:123456789012:accesspoint/x'] }, /this is an ARN/],
    ['all roles', { role: { arn: 'arn:aws:iam::123456789012:role/*' } }, /`role.arn` is .*it takes the ARN of a role/],
    ['a role without an ARN', { role: { externalId: 'x1' } as never }, /`role.arn` is missing; it takes the ARN/],
    [
      'an external id that AWS does not take',
      { role: { ...role, externalId: 'a b' } },
      /`role.externalId` is "a b"; it/,
    ],
    ['an STS over HTTP', { role: { ...role, stsUrl: 'http://sts.example.org' } }, /`role.stsUrl`: it takes .*https/],
    [
      'a role, another STS and no secret',
      { role: { ...role, stsUrl: 'https://sts.example.org' } },
      /`role.stsUrl`: it is not AWS, and the endpoint names no secret/,
    ],
    [
      'a role at another store',
      { url: 'https://s3.example.org', role },
      /`role`: .*give the address of the store.s own STS as `stsUrl`/,
    ],
    [
      'a role at a store without tokens',
      { provider: 'qingstor', role },
      /`role`: .*session token.*QingStor takes none/,
    ],
    [
      'an owner that is no account',
      { expectedBucketOwner: 'me' },
      /`expectedBucketOwner` is "me"; it takes the 12 digits/,
    ],
    [
      'an owner that the store does not compare',
      { provider: 'ceph', expectedBucketOwner: '123456789012' },
      /`expectedBucketOwner`: Ceph RADOS Gateway is not known to compare/,
    ],
    [
      'a payer that is no answer',
      { requesterPays: 'yes' as never },
      /`requesterPays` is "yes"; it takes true or false/,
    ],
    ['an ACL that no store has', { cannedAcls: ['open' as never] }, /`cannedAcls.0` is "open"; it takes "private"/],
  ])('with %s', (_what, more, message) => {
    expect(() => stackWith(() => [{ ...one, ...more }])).toThrow(message);
  });

  it('if two have the same name, and the error names all mistakes at once', () => {
    const wrong = { ...one, allow: ['*'] };
    expect(() => stackWith(() => [one, wrong])).toThrow(/"x" is declared twice.*"x": `allow.0`/);
  });

  it('if its places do not fit into a parameter', () => {
    const allow = Array.from({ length: 70 }, (_, index) => `${'b'.repeat(60)}${index}`);
    expect(() => stackWith(() => [{ ...one, allow }])).toThrow(
      /"x" takes \d+ bytes of a parameter that holds 4096; split/,
    );
  });

  it.each([
    'https://s3.eu-central-1.amazonaws.com',
    'https://s3.dualstack.eu-central-1.amazonaws.com/',
    'https://s3-fips.us-gov-west-1.amazonaws.com',
    'https://s3-fips.dualstack.us-east-1.amazonaws.com',
    'https://s3.amazonaws.com',
    'https://s3-accelerate.amazonaws.com',
    'https://s3.cn-north-1.amazonaws.com.cn',
    'https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com',
  ])('but not with %s and no secret, because that is AWS itself', (url) => {
    expect(() => stackWith(() => [{ ...one, url }])).not.toThrow();
  });
});

describe('Values that are known only after the deployment', () => {
  it('are accepted, and all other values are checked', () => {
    const allow = (stack: Stack) => {
      const { bucketName } = new Bucket(stack, 'Bucket');
      return [bucketName, `${bucketName}/raw/`, `${bucketName}/${Aws.ACCOUNT_ID}/`];
    };
    const url = `https://s3.${Aws.REGION}.amazonaws.com`;
    expect(() => stackWith((stack) => [{ ...one, region: Aws.REGION, url, allow: allow(stack) }])).not.toThrow();
    expect(() => stackWith((stack) => [{ ...one, allow: [...allow(stack), '*'] }])).toThrow(/`allow.3` is "\*"/);
    expect(() => stackWith((stack) => [{ ...one, region: Aws.REGION, provider: 'x', allow: allow(stack) }])).toThrow(
      /`provider` is "x"/,
    );
  });

  it('reach the Lambdas and their roles', () => {
    const { template } = stackWith((stack) => {
      const bucket = new Bucket(stack, 'Bucket');
      const write = [`${bucket.bucketName}/raw/`];
      const secret = new Secret(stack, 'Secret');
      const store = { name: 'store', provider: 'ceph', url: 'https://s3.example.org', region: 'x', allow: ['data'] };
      return [
        { ...one, region: stack.region, allow: { write } },
        { ...store, secret },
      ];
    });
    const [bucket, ending] = ['b'.repeat(63), /:secret:Secret[0-9A-F]{8}-AbCdEfGhIjKl-MnOpQr$/];
    expect(parametersOf(template)).toEqual({
      x: { name: 'x', provider: 'aws', region: 'ap-northeast-1', allow: { write: [`${bucket}/raw/`] } },
      store: {
        name: 'store',
        provider: 'ceph',
        url: 'https://s3.example.org',
        region: 'x',
        allow: ['data'],
        secretArn: expect.stringMatching(ending),
      },
    });
    const resources = rolesOf(template)('copy-batch').statements.flatMap(({ Resource }) => Resource);
    expect(resources).toContain(`arn:aws-us-gov:s3:::${bucket}/raw/*`);
    expect(resources).toContainEqual(expect.stringMatching(ending));
  });
});

describe('What an endpoint says of its buckets and of its role', () => {
  it('reaches the Lambdas, also if the role is known only after the deployment', () => {
    const said = { requesterPays: true, expectedBucketOwner: '123456789012' };
    const { template } = stackWith((stack) => {
      const { roleArn: arn } = new Role(stack, 'Theirs', { assumedBy: new AnyPrincipal() });
      return [{ ...one, ...said, role: { arn, externalId: 'partner-7' } }];
    });
    const { x } = parametersOf(template);
    expect(x).toMatchObject({ ...said, role: { arn: expect.stringContaining('Theirs'), externalId: 'partner-7' } });
  });
});

describe('The construct', () => {
  it('may be used twice in one stack, because its names differ', () => {
    const stack = new Stack(new App(), 'Twice');
    for (const id of ['One', 'Two']) new Partway(stack, id, { endpoints: [one] });
    const names = Object.values(Template.fromStack(stack).findResources('AWS::SSM::Parameter')).map(
      ({ Properties }) => Properties.Name,
    );
    expect(names).toEqual([
      expect.stringMatching(/^\/partway\/Twice\/.*One.*\/x$/),
      expect.stringMatching(/^\/partway\/Twice\/.*Two.*\/x$/),
    ]);
  });

  it('has different parameters in two stacks, even if its path is the same in both', () => {
    const names = ['green', 'blue'].flatMap((stackName) => {
      const { template } = stackWith(() => [one], { stackName });
      return Object.values(template.findResources('AWS::SSM::Parameter')).map(({ Properties }) => Properties.Name);
    });
    expect(new Set(names).size).toBe(2);
  });

  it('uses only the partition of China in a stack there', () => {
    const env = { account: '123456789012', region: 'cn-north-1' };
    const { template } = stackWith(() => [{ ...one, region: 'cn-north-1' }], { env });
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws:/);
    expect(JSON.stringify(template.toJSON())).toMatch(/:s3:::bucket/);
  });
});

it('Endpoints are deployed before any function that reads them', () => {
  const { template } = stackWith(() => [one]);
  const [parameter] = Object.keys(template.findResources('AWS::SSM::Parameter'));
  const [table] = Object.entries(template.findResources('AWS::DynamoDB::GlobalTable'));
  expect(table![1].DependsOn).toContain(parameter);
  for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function')))
    expect(Properties.Environment.Variables.PARTWAY_TABLE).toEqual({ Ref: table![0] });
});

describe('Two hundred endpoints', () => {
  const app = new App();
  const secrets = new Stack(app, 'Secrets');
  const stack = new Stack(app, 'Partway');
  const store = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1' };
  const endpoints = Array.from({ length: 200 }, (_, index) => {
    const name = `endpoint-${index}`;
    if (index % 2 === 1) return { ...one, name, allow: [`${name}-${'b'.repeat(50)}`] };
    const secret = new Secret(index < 100 ? stack : secrets, `Secret-of-${name}`);
    return { ...store, name, allow: [`bucket-${index}`], secret };
  });
  new Partway(stack, 'Partway', { endpoints });
  const template = Template.fromStack(stack);
  const resources = template.toJSON().Resources;
  const roles = Object.keys(functionCalls).map((name) => [name, rolesOf(template)(name)] as const);

  it('do not change the environment of a Lambda, which may have only 4,096 bytes', () => {
    const environments = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) =>
      Object.entries(deployed(Properties.Environment.Variables, resources) as object),
    );
    expect(environments).toHaveLength(12);
    for (const variables of environments) expect(variables.flat().join('').length).toBeLessThan(600);
  });

  it('fit into the policies that a role may have', () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    for (const [name, { policies }] of roles) {
      const managed = policies.filter(({ isManaged }) => isManaged).map(({ characters }) => characters);
      const inline = policies.filter(({ isManaged }) => !isManaged).map(({ characters }) => characters);
      expect([name, managed.length]).toEqual([name, expect.toSatisfy((count: number) => count <= 10)]);
      for (const characters of managed) expect(characters).toBeLessThanOrEqual(6144);
      expect(inline.reduce((sum, characters) => sum + characters, 0)).toBeLessThan(10_240);
    }
    const secretsOf = (name: string) =>
      rolesOf(template)(name).statements.filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'));
    expect(secretsOf('initiate').flatMap(({ Resource }) => Resource)).toHaveLength(100);
  });

  it('have one parameter each, of at most 4 KB', () => {
    const values = Object.values(template.findResources('AWS::SSM::Parameter'));
    expect(values).toHaveLength(200);
    for (const { Properties } of values)
      expect(String(deployed(Properties.Value, resources)).length).toBeLessThan(4096);
  });

  it('fit, but far more do not fit into IAM, and then synth says so', () => {
    const many = Array.from({ length: 390 }, (_, index) => ({
      ...one,
      name: `e${index}`,
      allow: [`${index}-${'b'.repeat(55)}`],
    }));
    expect(() => stackWith(() => many)).toThrow(/take \d+ IAM policies, and a role can have 10. Divide/);
  });
});
