import { Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * The log group for a log that an AWS service writes. All log groups below /aws/vendedlogs/ share one entry in the
 * resource policy of CloudWatch Logs. Other log groups need an entry each, and an account with many of them cannot create
 * more state machines (aws/aws-cdk#28900, "InvalidLoggingConfiguration").
 */
export function vendedLogGroup(scope: Construct, id: string, service: 'states' | 'apis'): LogGroup {
  const { stackName, stackId } = Stack.of(scope);
  const construct = Names.uniqueResourceName(scope, { maxLength: 64 });
  // A service may still write to the log after the stack was deleted, so the log group may still exist. A stack that is
  // created again has another id, and so a log group with another name.
  const incarnation = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', stackId))));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${stackName}/${construct}-${incarnation}`,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
