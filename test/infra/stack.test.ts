import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it, vi } from 'vitest';
import { routes } from '../../functions/api/routes.ts';
import { acknowledgeFindings } from '../../infra/acknowledgements.ts';
import { synthesized } from './app.ts';

type Report = { pluginName: string; violations: { ruleName: string }[] };

describe('The stack', () => {
  const { template } = synthesized();
  it('has no finding of CloudFormation or cdk-nag that we have not acknowledged', () => {
    vi.stubEnv('CDK_VALIDATION', 'true'); // other tests leave it out, because it is slow
    const { app, partway, endpoints } = synthesized();
    acknowledgeFindings(partway, endpoints);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const report = JSON.parse(
      readFileSync(join(app.synth({ force: true }).directory, 'validation-report.json'), 'utf8'),
    );
    vi.unstubAllEnvs();
    process.exitCode = 0; // CDK sets it if it finds something. The expectation below shows what it found.
    const reports: Report[] = report.pluginReports;
    expect(reports.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
    expect(reports.flatMap(({ violations }) => violations).map(({ ruleName }) => ruleName)).toEqual([]);
  });

  it('has an authorizer on every route', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', Object.keys(routes).length);
  });

  it('answers web pages only of allowed origins, and they must pass the authorizer too', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
    const { template: open } = synthesized({ allowOrigins: ['https://app.example.com'] });
    open.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://app.example.com'],
        AllowMethods: ['POST', 'GET', 'DELETE'],
        AllowHeaders: Match.arrayWith(['authorization', 'content-type', 'idempotency-key', 'x-amz-date']),
        AllowCredentials: Match.absent(),
      },
    });
    open.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
    for (const origin of ['*', 'https://app.example.com/', 'app.example.com'])
      expect(() => synthesized({ allowOrigins: [origin] })).toThrow(/an origin is scheme, host and port/);
  });

  it('keeps the checkpoint when the stack is deleted, can restore it, and lets rows expire', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  it('sweeps every day', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 day)',
      Targets: [Match.objectLike({ Input: '{}' })],
    });
  });

  it('sweeps as its options say, and takes no number of days that would not work', () => {
    const sweep = { pushDays: 30, orphanDays: 3 };
    synthesized({ sweep }).template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ Input: JSON.stringify(sweep) })],
    });
    expect(() => synthesized({ sweep: { pushDays: 90 } })).toThrow('it takes at most 89');
  });

  it('has alarms that name sections of the runbook', () => {
    const pages = new Set(
      readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8')
        .match(/^## \w+/gm)
        ?.map((line) => line.slice(3).toLowerCase()),
    );
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(12);
    for (const { Properties } of alarms)
      expect(pages).toContain(/docs\/runbook\.md#(\w+)$/.exec(Properties.AlarmDescription)?.[1]);
  });

  it('has an alarm for throttles of each function of the state machine', () => {
    const names = ['initiate', 'plan', 'copywhole', 'copybatch', 'readback', 'complete', 'abort'];
    const throttles = Object.values(
      template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'Throttles' } }),
    );
    const watched = throttles.map(
      ({ Properties }) => /Functions([a-z]+)/.exec(JSON.stringify(Properties.Dimensions))?.[1],
    );
    expect(watched.toSorted()).toEqual(names.toSorted());
  });

  it('never writes a secret into a template, only its name', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('secretAccessKey');
  });
});
