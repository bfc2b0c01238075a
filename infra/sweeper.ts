import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { faultOfPushDays } from '../functions/transfer/values/push-days.ts';

export interface SweepProps {
  /** The sweep reports uploads that no transfer knows and that are older than this. Default: 7. */
  readonly orphanDays?: number;
  /**
   * Whether the sweep also aborts them. Uploads of other programs in the same buckets look the same, so the default is
   * false.
   */
  readonly abortOrphans?: boolean;
  /**
   * The sweep aborts a push to which nobody has sent anything for so many days: 1 to 89, since the table forgets a
   * transfer after 90. Default: 7.
   */
  readonly pushDays?: number;
}

/** Once a day the sweep aborts transfers that nobody resumed, and finds uploads that no transfer knows. */
export class Sweeper extends Construct {
  constructor(scope: Construct, id: string, { sweep, options }: { sweep: Lambda; options: SweepProps }) {
    super(scope, id);
    const fault = options.pushDays === undefined ? undefined : faultOfPushDays(options.pushDays);
    if (fault !== undefined) throw new Error(`The sweep cannot run so: ${fault}.`);
    new Rule(this, 'Daily', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(sweep, { event: RuleTargetInput.fromObject(options), retryAttempts: 2 })],
    });
  }
}
