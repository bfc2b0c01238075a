import type { CfnElement } from 'aws-cdk-lib';
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { EndpointProps } from './endpoints.ts';
import type { Partway } from './partway.ts';

/** What cdk-nag (AwsSolutions) finds here and is meant to be so, each with its reason. Everything else must be repaired. */
export function acknowledgeFindings(partway: Partway, endpoints: readonly EndpointProps[]): void {
  const { functions, workflow } = partway;
  wildcard(
    partway,
    '*',
    'X-Ray and the delivery of Step Functions logs know no resources: their actions take only "*".',
  );
  for (const fn of functions.all) {
    wildcard(workflow, `<${logicalId(fn)}.Arn>:*`, 'CDK lets the machine invoke all versions of its own functions.');
  }
  wildcard(
    workflow,
    `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalId(workflow.stateMachine)}.Name>:*`,
    'The executions of our own machine: their names are made while it runs.',
  );
  for (const entry of endpoints.filter(({ secret }) => !secret).flatMap(({ allow }) => allow)) {
    const objects = entry.includes('/') ? `${entry}*` : `${entry}/*`;
    wildcard(
      functions,
      `arn:<AWS::Partition>:s3:::${objects}`,
      'All keys below a prefix that the stack was told to allow.',
    );
  }
  Validations.of(partway).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'The queues are themselves dead-letter queues of EventBridge rules.',
  });
}

function wildcard(scope: IConstruct, resource: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

function logicalId(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);
}
