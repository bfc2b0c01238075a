import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { type EndpointProps, type IngestProps, Partway } from '../../infra/partway.ts';
import { compilePattern } from '../../tools/local/aws/pattern.ts';
import { targetInput } from '../../tools/local/aws/transform.ts';
import { synthesized } from './app.ts';

const aws = { name: 'aws', provider: 'aws', region: 'eu-central-1', allow: ['incoming', 'raw'] };
const into = (bucket: string, keyPrefix = '', endpoint = 'aws') => ({ endpoint, bucket, keyPrefix });
const rule: IngestProps = { endpoint: 'aws', bucket: 'incoming', into: into('raw') };

/** Synthesizes a stack with these rules. Its endpoint "store" is another kind of store, with a secret. */
function synth(ingest: readonly IngestProps[], endpoints: readonly EndpointProps[] = [aws], region?: string) {
  const env = region === undefined ? {} : { env: { region, account: '123456789012' } };
  const stack = new Stack(new App(), 'Partway', env);
  const secret = Secret.fromSecretNameV2(stack, 'Secret', 'partway/store');
  const store = {
    provider: 'ceph',
    url: 'https://s3.example.org',
    region: 'x',
    allow: ['incoming', 'backups'],
    secret,
  };
  new Partway(stack, 'Partway', { endpoints: [...endpoints, { ...store, name: 'store' }], ingest });
  return Template.fromStack(stack);
}
const synthesizing =
  (...args: Parameters<typeof synth>) =>
  () =>
    synth(...args);

describe('A rule', () => {
  it('watches a bucket by prefix and suffix, escapes stars in them, and passes the whole event on', () => {
    synthesized().template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['incoming'] }, object: { key: [{ wildcard: 'out\\*/*.bam' }] } },
      },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { detail: '$.detail' },
            InputTemplate: Match.stringLikeRegexp('^\\{"arrived":<detail>,"into":\\{'),
          },
        }),
      ],
    });
  });

  it.each([
    ['a*b/', '.csv', 'a*b/x.csv', 'axb/x.csv'],
    ['a\\b/', '.csv', 'a\\b/x.csv', 'ab/x.csv'],
    ['in (1)/', '.c+v', 'in (1)/x.c+v', 'in 1/x.ccv'],
  ])(
    'for keys that begin with %s and end with %s matches the same keys on this computer',
    (prefix, suffix, key, other) => {
      const template = synth([{ ...rule, prefix, suffix }]);
      const [found] = Object.values(
        template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { source: ['aws.s3'] } } }),
      );
      const matches = compilePattern(found!.Properties.EventPattern);
      const event = (name: string) => ({
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: 'incoming' }, object: { key: name } },
      });
      expect([matches(event(key)), matches(event(other))]).toEqual([true, false]);
    },
  );

  it('gives the machine the exact target and options, also with characters that JSON escapes', () => {
    const keyPrefix = 'a "b" \\ ü/';
    const options = { metadata: { note: 'x > y & $.detail {detail} "quoted"' }, overwrite: 'never' };
    const template = synth([{ ...rule, into: into('raw', keyPrefix), options }]);
    const [found] = Object.values(
      template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { source: ['aws.s3'] } } }),
    );
    const { InputPathsMap: pathsMap, InputTemplate } = found!.Properties.Targets[0].InputTransformer;
    const target = { id: 'x', arn: 'x', inputTransformer: { pathsMap, template: InputTemplate } };
    const event = { detail: { bucket: { name: 'incoming' }, object: { key: 'k' } } };
    expect(targetInput(event, target, {} as never)).toEqual({
      arrived: event.detail,
      into: { sourceEndpoint: 'aws', endpoint: 'aws', bucket: 'raw', keyPrefix, options },
    });
  });

  it('may watch a bucket of the same app whose name is known only after the deployment', () => {
    const stack = new Stack(new App(), 'Partway');
    const { bucketName } = new Bucket(stack, 'Bucket');
    const endpoints = [{ ...aws, allow: [bucketName, 'raw'] }];
    const own = { endpoint: 'aws', bucket: bucketName, prefix: 'in/', into: into('raw') };
    expect(() => new Partway(stack, 'Partway', { endpoints, ingest: [own] })).not.toThrow();
  });
});

describe('A rule that cannot work is refused at synth', () => {
  it.each<[string, Partial<IngestProps>, RegExp]>([
    [
      'of an endpoint that is not declared',
      { endpoint: 'nowhere' },
      /names the endpoint "nowhere", which is not declared/,
    ],
    ['into one that is not declared', { into: into('raw', '', 'nowhere') }, /"nowhere"/],
    [
      'of a store that is not AWS',
      { endpoint: 'store' },
      /store:incoming\/ watches a store that is not AWS, .* through the API/,
    ],
    [
      'of a bucket that may not be read',
      { bucket: 'other' },
      /would read other\/\*, which endpoint "aws" does not allow; it may read: incoming, raw/,
    ],
    [
      'into a bucket that may not be written',
      { into: into('other') },
      /would write other\/\*, which endpoint "aws" does not allow/,
    ],
    [
      'with a placeholder in its options',
      { options: { metadata: { note: '<detail>' } } },
      /has "<" in `into` or `options`/,
    ],
    ['with half of one in its prefix', { into: into('raw', '<') }, /has "<" in `into` or `options`/],
    [
      'with more options than EventBridge takes',
      { options: { metadata: { a: 'x'.repeat(8192) } } },
      /has \d+ characters in/,
    ],
    [
      'with an option that no request has',
      { options: { partSize: 1 } },
      /Partway would refuse each arrival: .*`partSize` is not a field/,
    ],
    [
      'with keys that are too long behind its prefixes',
      { prefix: 'p'.repeat(500), into: into('raw', 'k'.repeat(525)) },
      /refuse each arrival: .*`target.key` .*at most 1,024 bytes/,
    ],
    [
      'with a part size that its target does not take',
      { options: { partBytes: 1 } },
      /refuse each arrival: `partBytes` is 1 byte; this target takes parts of at least 5 MiB/,
    ],
    [
      'with tags for a store that takes none',
      { into: into('backups', '', 'store'), options: { tags: { a: 'b' } } },
      /refuse each arrival: `tags`: Ceph RADOS Gateway takes none/,
    ],
    [
      'with options that only an arrival or a person can choose',
      { options: { source: {}, target: {}, resumeFrom: {} } },
      /has `options.source`, `options.target`, `options.resumeFrom`, which a rule cannot choose/,
    ],
    [
      'with an ACL that is not switched on',
      { options: { acl: 'public-read' } },
      /refuse each arrival: `acl` is "public-read"/,
    ],
  ])('%s', (_what, more, message) => {
    expect(synthesizing([{ ...rule, ...more }])).toThrow(message);
  });

  it('if its prefix is wider than the allowed one, but not if it is narrower', () => {
    const narrow = [{ ...aws, allow: { read: ['incoming/raw/'], write: ['raw'] } }];
    expect(synthesizing([{ ...rule, prefix: 'raw/films/' }], narrow)).not.toThrow();
    expect(synthesizing([{ ...rule, prefix: 'r' }], narrow)).toThrow(/would read incoming\/r\*/);
  });

  it('if its bucket is in another region than the stack', () => {
    expect(synthesizing([rule], [aws], 'eu-west-1')).toThrow(
      /watches a bucket in eu-central-1, but the stack is in eu-west-1, .* Deploy a stack with this rule in eu-central-1/,
    );
    expect(synthesizing([rule], [aws], 'eu-central-1')).not.toThrow();
    expect(synthesizing([rule], [aws])).not.toThrow();
  });

  it('and the error names all mistakes of all rules', () => {
    expect(
      synthesizing([
        { ...rule, bucket: 'one' },
        { ...rule, bucket: 'two' },
      ]),
    ).toThrow(/aws:one\/ would.*aws:two\/ would/);
  });
});

describe('Rules that form a circle', () => {
  it.each<[string, IngestProps[]]>([
    ['its own bucket', [{ ...rule, into: into('incoming') }]],
    ['a longer prefix of its own bucket', [{ ...rule, prefix: 'a/', into: into('incoming', 'a/b/') }]],
    ['a shorter prefix of its own bucket', [{ ...rule, prefix: 'a/b/', into: into('incoming', 'a/') }]],
    ['a bucket whose own rule leads back', [rule, { endpoint: 'aws', bucket: 'raw', into: into('incoming') }]],
  ])('into %s are refused at synth', (_what, ingest) => {
    expect(synthesizing(ingest)).toThrow(/circle.*copy an object for ever/);
  });

  it('through another name or URL of the same store are refused too', () => {
    for (const url of [undefined, 'https://s3.eu-central-1.amazonaws.com']) {
      const alias = { ...aws, name: 'alias', ...(url ? { url } : {}) };
      expect(synthesizing([{ ...rule, into: into('incoming', '', 'alias') }], [aws, alias])).toThrow(/circle/);
    }
  });

  it('do not exist with another prefix of the bucket, or a bucket of the same name in another store', () => {
    expect(synthesizing([{ ...rule, prefix: 'in/', into: into('incoming', 'out/') }])).not.toThrow();
    expect(synthesizing([{ ...rule, into: into('incoming', '', 'store') }])).not.toThrow();
  });
});

it("CDK does not escape <name> in a rule's input, so EventBridge would take it for a placeholder", () => {
  const input = { arrived: EventField.fromPath('$.detail'), into: { note: 'a <detail> "b"' } };
  const stack = new Stack(new App(), 'Stack');
  const { inputTemplate } = RuleTargetInput.fromObject(input).bind(
    new Rule(stack, 'Rule', { eventPattern: { source: ['x'] } }),
  );
  expect(stack.resolve(inputTemplate)).toBe('{"arrived":<detail>,"into":{"note":"a <detail> \\"b\\""}}');
});
