import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it, vi } from 'vitest';
import { type IngestProps, Partway, type PartwayProps } from '../../infra/partway.ts';
import { synthesized } from './app.ts';

type Report = { pluginName: string; violations: { ruleName: string }[] };
type Statement = { Action: string | string[]; Resource: unknown; Condition?: unknown };

describe('The stack', () => {
  const { template } = synthesized();
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const statementsOf = (name: string): Statement[] =>
    policies
      .filter(([, policy]) => JSON.stringify(policy.Properties.Roles).includes(`Functions${name}role`))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);
  const actionsOf = (name: string) => new Set(statementsOf(name).flatMap(({ Action }) => Action));

  it('has nothing that CloudFormation or cdk-nag finds and nobody has answered for', () => {
    vi.stubEnv('CDK_VALIDATION', 'true'); // the other tests do without it, for speed
    const { app } = synthesized();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const report = JSON.parse(
      readFileSync(join(app.synth({ force: true }).directory, 'validation-report.json'), 'utf8'),
    );
    vi.unstubAllEnvs();
    process.exitCode = 0; // CDK sets it when it finds something; the expectation below says what
    const reports: Report[] = report.pluginReports;
    expect(reports.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
    expect(reports.flatMap(({ violations }) => violations).map(({ ruleName }) => ruleName)).toEqual([]);
  });

  it('asks who is calling on every route', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 13);
  });

  it('keeps the checkpoint when it is deleted, can put it back, and lets rows expire', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  it('lets the API start and steer executions, and touch no store and no secret', () => {
    expect(actionsOf('api')).toContain('states:StartExecution');
    expect([...actionsOf('api')].filter((action) => /^(s3|secretsmanager):/.test(action))).toEqual([]);
  });

  it('lets what looks at stores read what became of a transfer, and write nothing down', () => {
    const actions = [...actionsOf('stores')].filter((action) => action.startsWith('dynamodb:'));
    expect(actions).toEqual(['dynamodb:GetItem']);
  });

  it('lets a copying function reach the stores and the rows of transfers, but no lock and no execution', () => {
    const actions = [...actionsOf('copybatch')];
    expect(actions).toEqual(
      expect.arrayContaining(['s3:PutObject', 's3:GetObject', 'secretsmanager:GetSecretValue', 'dynamodb:PutItem']),
    );
    expect(actions.filter((action) => action.startsWith('states:'))).toEqual([]);
    expect(JSON.stringify(statementsOf('copybatch').map(({ Condition }) => Condition))).not.toContain('L#*');
    const objects = statementsOf('copybatch').find(({ Action }) => Action.includes('s3:PutObject'));
    expect(JSON.stringify(objects?.Resource)).toContain(':s3:::raw/genomes/*');
    // All that may be done to objects, and to those below the prefixes only: nothing is deleted, nobody's ACL is read.
    expect(objects?.Action).toEqual([
      ...['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectVersionTagging', 's3:PutObject'],
      ...['s3:PutObjectTagging', 's3:PutObjectAcl', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    ]);
  });

  it('lets the reading back reach what copying reaches, and no more', () => {
    expect([...actionsOf('readback')].toSorted()).toEqual([...actionsOf('copybatch')].toSorted());
    expect(actionsOf('readback')).toContain('s3:GetObjectVersion');
  });

  it('sweeps every day, may list uploads for that, and nothing else may', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 day)',
      Targets: [Match.objectLike({ Input: '{}' })],
    });
    expect(actionsOf('sweep')).toContain('s3:ListBucketMultipartUploads');
    expect(actionsOf('copybatch')).not.toContain('s3:ListBucketMultipartUploads');
  });

  it('lets the sweep write its reports, the API read them, and both read the list; nobody else', () => {
    const onRows = (name: string, leadingKeys: string) =>
      statementsOf(name)
        .filter(({ Condition }) => JSON.stringify(Condition ?? '').includes(`"${leadingKeys}"`))
        .flatMap(({ Action }) => Action)
        .map((action) => action.replace('dynamodb:', ''));
    expect([onRows('sweep', 'S#*'), onRows('api', 'S#*')]).toEqual([
      ['PutItem', 'Query'],
      ['GetItem', 'Query'],
    ]);
    const isOfIndex = ({ Resource }: Statement) => JSON.stringify(Resource).includes('/index/newest');
    for (const name of ['sweep', 'api']) {
      expect(onRows(name, 'T#*')).toContain('BatchGetItem');
      expect(statementsOf(name).filter(isOfIndex)).toMatchObject([{ Action: 'dynamodb:Query' }]);
    }
    for (const name of ['initiate', 'plan', 'complete', 'settle', 'stores']) {
      expect([onRows(name, 'S#*'), statementsOf(name).filter(isOfIndex)]).toEqual([[], []]);
      expect(onRows(name, 'T#*')).not.toContain('BatchGetItem');
    }
  });

  it('has alarms whose pages are in the runbook', () => {
    const pages = new Set(
      readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8')
        .match(/^## \w+/gm)
        ?.map((line) => line.slice(3).toLowerCase()),
    );
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(7);
    for (const { Properties } of alarms)
      expect(pages).toContain(/docs\/runbook\.md#(\w+)$/.exec(Properties.AlarmDescription)?.[1]);
  });

  it('never writes a secret into a template: only its name', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('secretAccessKey');
  });

  it('watches a bucket by prefix and suffix, stars taken literally, and hands the event on whole', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
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
});

describe('Ingest', () => {
  const synth = (ingest: IngestProps[], endpoints?: PartwayProps['endpoints']) => () =>
    synthesized({ ingest, ...(endpoints ? { endpoints } : {}) });
  const into = (bucket: string, keyPrefix = '', endpoint = 'aws') => ({ endpoint, bucket, keyPrefix });
  const store = { provider: 'aws', region: 'x', allow: ['incoming', 'raw'] };

  it.each([
    ['its own bucket', [{ endpoint: 'aws', bucket: 'incoming', into: into('incoming') }]],
    [
      'a longer prefix of its own bucket',
      [{ endpoint: 'aws', bucket: 'incoming', prefix: 'a/', into: into('incoming', 'a/b/') }],
    ],
    [
      'a shorter prefix of its own bucket',
      [{ endpoint: 'aws', bucket: 'incoming', prefix: 'a/b/', into: into('incoming', 'a/') }],
    ],
    [
      'a bucket that leads back',
      [
        { endpoint: 'aws', bucket: 'incoming', into: into('raw') },
        { endpoint: 'aws', bucket: 'raw', into: into('incoming') },
      ],
    ],
  ])('into %s is refused at synth', (_what, ingest) => {
    expect(synth(ingest)).toThrow(/circle.*copied for ever/);
  });

  it('into its own bucket by another name of the same store is refused too', () => {
    const endpoints = [
      { ...store, name: 'aws' },
      { ...store, name: 'alias' },
    ];
    expect(synth([{ endpoint: 'aws', bucket: 'incoming', into: into('incoming', '', 'alias') }], endpoints)).toThrow(
      /circle/,
    );
  });

  it('into another prefix of its bucket, or a bucket of the same name elsewhere, is taken', () => {
    const endpoints = [
      { ...store, name: 'aws' },
      { ...store, name: 'other', url: 'https://s3.example.org' },
    ];
    expect(
      synth([{ endpoint: 'aws', bucket: 'incoming', prefix: 'in/', into: into('incoming', 'out/') }]),
    ).not.toThrow();
    expect(
      synth([{ endpoint: 'aws', bucket: 'incoming', into: into('incoming', '', 'other') }], endpoints),
    ).not.toThrow();
  });

  it('of an endpoint that is not declared is refused at synth', () => {
    expect(synth([{ endpoint: 'nowhere', bucket: 'x', into: into('raw') }])).toThrow(/"nowhere"/);
  });
});

describe('Endpoints', () => {
  const build = (endpoints: PartwayProps['endpoints']) => () =>
    new Partway(new Stack(new App(), 'S'), 'P', { endpoints });

  it('that are declared twice, or are too many for a Lambda, are refused at synth', () => {
    const one = { name: 'x', provider: 'aws', region: 'r', allow: ['b'] };
    expect(build([one, one])).toThrow(/declared twice/);
    expect(build(Array.from({ length: 60 }, (_, index) => ({ ...one, name: `endpoint-${index}` })))).toThrow(
      /Split them/,
    );
  });
});
