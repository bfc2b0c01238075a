import { Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * The log that a service of AWS writes by itself. Below /aws/vendedlogs/ one entry of CloudWatch Logs' resource policy is
 * enough for all of them; elsewhere each takes room there, and an account with many can create no more state machines
 * (aws/aws-cdk#28900, "InvalidLoggingConfiguration").
 */
export function vendedLogGroup(scope: Construct, id: string, service: 'states' | 'apis'): LogGroup {
  const { stackName, stackId } = Stack.of(scope);
  const construct = Names.uniqueResourceName(scope, { maxLength: 64 });
  // A stack that is created again has another id: what a service writes after the deletion is not in its way.
  const incarnation = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', stackId))));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${stackName}/${construct}-${incarnation}`,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
