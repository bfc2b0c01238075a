import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Partway } from '../../infra/partway.ts';
import { deployed } from './deployed.ts';

const endpoints = [{ name: 'x', provider: 'aws', region: 'eu-central-1', allow: ['bucket'] }];

/** The log groups that services write to without a role of ours. The stack chooses their names. */
function vendedLogs(ids: readonly string[], stackName = 'Partway', stackId?: string): string[] {
  const stack = new Stack(new App(), 'Partway', { stackName });
  for (const id of ids) new Partway(stack, id, { endpoints });
  const { Resources } = Template.fromStack(stack).toJSON();
  const groups = Object.values<{ Type: string; Properties: { LogGroupName?: unknown } }>(Resources);
  const named = groups.filter(({ Type, Properties }) => Type === 'AWS::Logs::LogGroup' && Properties.LogGroupName);
  return named.map(({ Properties }) => String(deployed(Properties.LogGroupName, Resources, stackId)));
}

describe('The logs of Step Functions and the API', () => {
  it('are below /aws/vendedlogs/, and CloudWatch accepts their names, which contain the stack’s name', () => {
    const stackName = `S${'x'.repeat(127)}`;
    const names = vendedLogs(['Partway'], stackName);
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^\/aws\/vendedlogs\/(states|apis)\/[\w.#/-]+$/);
      expect(name).toContain(stackName);
      // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
      expect(name.length).toBeLessThanOrEqual(512);
    }
  });

  it('have different names in each construct, in each stack, and after a stack was created again', () => {
    const again = 'arn:aws:cloudformation:eu-central-1:123456789012:stack/Partway/62c1e0d0-da77-11e4-872e-1234567db123';
    const names = [
      ...vendedLogs(['One', 'Two']),
      ...vendedLogs(['One', 'Two'], 'Other'),
      ...vendedLogs(['One', 'Two'], 'Partway', again),
    ];
    expect(names).toHaveLength(12);
    expect(new Set(names).size).toBe(12);
  });
});
