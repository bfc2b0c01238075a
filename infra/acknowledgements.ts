import type { CfnElement } from 'aws-cdk-lib';
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { placeOf, placesFor } from '../functions/transfer/values/places.ts';
import type { EndpointProps } from './endpoints/endpoints.ts';
import type { Partway } from './partway.ts';

/**
 * Accepts findings of cdk-nag (AwsSolutions) in our own app, each with its reason. We must repair every other finding.
 * cdk-nag identifies a finding by its exact words, so this works only for an app whose endpoints have no tokens.
 */
export function acknowledgeFindings(partway: Partway, endpoints: readonly EndpointProps[]): void {
  const { functions, workflow, endpointList } = partway;
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
  for (const endpoint of endpoints.filter(({ secret }) => !secret)) {
    const places = [...placesFor(endpoint, 'read'), ...placesFor(endpoint, 'write')].map(placeOf);
    for (const { bucket, prefix } of places) {
      const objects = `arn:<AWS::Partition>:s3:::${bucket}/${prefix}*`;
      wildcard(functions, objects, 'All keys below a prefix that the stack was told to allow.');
    }
  }
  wildcard(
    functions,
    `arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter${endpointList.path}/*`,
    "The stack's own parameters, one an endpoint: requests name them.",
  );
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
