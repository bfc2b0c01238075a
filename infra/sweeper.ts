import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface SweepProps {
  /** Uploads that no transfer knows are reported when they are older than this. Default: 7. */
  readonly orphanDays?: number;
  /** Abort them too. Uploads of other programs in the same buckets look the same, hence default false. */
  readonly abortOrphans?: boolean;
}

/** Once a day: gives up transfers that nobody came back for, and finds uploads that nobody remembers. */
export class Sweeper extends Construct {
  constructor(scope: Construct, id: string, { sweep, options }: { sweep: Lambda; options: SweepProps }) {
    super(scope, id);
    new Rule(this, 'Daily', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(sweep, { event: RuleTargetInput.fromObject(options), retryAttempts: 2 })],
    });
  }
}
