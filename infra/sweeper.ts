import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface SweepProps {
  /** The sweep reports uploads that no transfer knows and that are older than this. Default: 7. */
  readonly orphanDays?: number;
  /**
   * Whether the sweep also aborts them. Uploads of other programs in the same buckets look the same, so the default is
   * false.
   */
  readonly abortOrphans?: boolean;
}

/** Once a day the sweep aborts transfers that nobody resumed, and finds uploads that no transfer knows. */
export class Sweeper extends Construct {
  constructor(scope: Construct, id: string, { sweep, options }: { sweep: Lambda; options: SweepProps }) {
    super(scope, id);
    new Rule(this, 'Daily', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(sweep, { event: RuleTargetInput.fromObject(options), retryAttempts: 2 })],
    });
  }
}
