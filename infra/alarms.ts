import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { TransferFunctions } from './transfer-functions.ts';

export interface AlarmsProps {
  readonly stateMachine: StateMachine;
  readonly functions: TransferFunctions;
  /** The queues with events that could not be delivered. */
  readonly undelivered: readonly IQueue[];
  /** Gets a message for every alarm. Without a topic, only CloudWatch shows alarms. */
  readonly topic?: ITopic;
}

const FIVE_MINUTES = Duration.minutes(5);

/** Alarms for failures that a person should know about. Each alarm names the page that says what to do. */
export class Alarms extends Construct {
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { stateMachine, functions, undelivered, topic } = props;
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
    this.throttled(functions);
    this.alarm(
      'SweepFailed',
      functions.sweep.metricErrors({ period: Duration.days(1) }),
      'The daily sweep failed: docs/runbook.md#orphaned',
    );
    undelivered.forEach((queue, index) => {
      const waiting = queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES });
      this.alarm(`Undelivered${index}`, waiting, 'An event reached nobody: docs/runbook.md#undelivered');
    });
  }

  /**
   * Makes one alarm for each function of the machine. An alarm on the sum of all would stay silent while one function
   * has no data, and most functions have none: the machine rarely calls Abort.
   */
  private throttled(functions: TransferFunctions): void {
    const { initiate, plan, copyWhole, copyBatch, readBack, complete, abort } = functions;
    const named: readonly [name: string, fn: IFunction, what: string][] = [
      ['Throttled', copyBatch, 'the copying'],
      ['ReadingThrottled', readBack, 'the reading back'],
      ['WholeThrottled', copyWhole, 'the copying of small objects'],
      ['InitiateThrottled', initiate, 'the beginning of transfers'],
      ['PlanThrottled', plan, 'the planning of rounds'],
      ['CompleteThrottled', complete, 'the completing'],
      ['AbortThrottled', abort, 'the aborting'],
    ];
    for (const [name, fn, what] of named) {
      const description = `Lambda throttles ${what}: docs/runbook.md#throttled`;
      this.alarm(name, fn.metricThrottles({ period: FIVE_MINUTES }), description, 3);
    }
  }

  /** One event raises the alarm. If a single period means nothing, events must come in `periods` periods in a row. */
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
