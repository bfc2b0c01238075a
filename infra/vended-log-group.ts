import { Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * The log group for a log that an AWS service writes. Below /aws/vendedlogs/ all log groups share one entry in the
 * resource policy of CloudWatch Logs. Elsewhere each one takes room there, and an account with many of them can create
 * no more state machines (aws/aws-cdk#28900, "InvalidLoggingConfiguration").
 */
export function vendedLogGroup(scope: Construct, id: string, service: 'states' | 'apis'): LogGroup {
  const { stackName, stackId } = Stack.of(scope);
  const construct = Names.uniqueResourceName(scope, { maxLength: 64 });
  // A service may write to the log after the stack was deleted. A stack that is created again has another id, so that
  // log is not in its way.
  const incarnation = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', stackId))));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${stackName}/${construct}-${incarnation}`,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
