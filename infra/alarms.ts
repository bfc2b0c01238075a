import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly stateMachine: StateMachine;
  readonly copyBatch: Lambda;
  readonly readBack: Lambda;
  readonly sweep: Lambda;
  /** Where events go that could not be delivered. */
  readonly undelivered: readonly IQueue[];
  /** Told of every alarm. Left out, alarms are only seen in CloudWatch. */
  readonly topic?: ITopic;
}

const FIVE_MINUTES = Duration.minutes(5);

/** What a person should hear of, each with the page that says what to do. */
export class Alarms extends Construct {
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { stateMachine, copyBatch, readBack, sweep, undelivered, topic } = props;
    this.topic = topic;
    this.alarm(
      'Failed',
      stateMachine.metricFailed({ period: FIVE_MINUTES }),
      'A transfer failed or was aborted: docs/runbook.md#failed',
    );
    this.alarm(
      'TimedOut',
      stateMachine.metricTimedOut({ period: FIVE_MINUTES }),
      'An execution ran for 90 days: docs/runbook.md#stuck',
    );
    this.alarm(
      'Throttled',
      copyBatch.metricThrottles({ period: FIVE_MINUTES }),
      'Lambda throttles the copying: docs/runbook.md#throttled',
      3,
    );
    this.alarm(
      'ReadingThrottled',
      readBack.metricThrottles({ period: FIVE_MINUTES }),
      'Lambda throttles the reading back: docs/runbook.md#throttled',
      3,
    );
    this.alarm(
      'SweepFailed',
      sweep.metricErrors({ period: Duration.days(1) }),
      'The daily sweep failed: docs/runbook.md#orphaned',
    );
    undelivered.forEach((queue, index) => {
      const waiting = queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES });
      this.alarm(`Undelivered${index}`, waiting, 'An event reached nobody: docs/runbook.md#undelivered');
    });
  }

  /** One is too many; `periods` in a row where a moment of it is nothing. */
  private alarm(name: string, metric: IMetric, alarmDescription: string, periods = 1): void {
    const alarm = new Alarm(this, name, {
      metric,
      alarmDescription,
      threshold: 1,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.topic) alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
