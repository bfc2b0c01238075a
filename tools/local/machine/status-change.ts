import { randomUUID } from 'node:crypto';
import { place } from '../template/physical.ts';
import type { ExecutionDescription } from './record.ts';

/** An event as EventBridge carries it. */
export type BusEvent = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
};

export type StatusChange = BusEvent;

/**
 * The event "Step Functions Execution Status Change". Input and output are JSON texts and the dates are epoch
 * milliseconds, as AWS documents it (eventbridge-integration.md of the Step Functions guide).
 */
export function statusChange(description: ExecutionDescription): StatusChange {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount, redriveDate } = description;
  const { input, output, error = null, cause = null } = description;
  const milliseconds = (date: string | undefined) => (date === undefined ? null : Date.parse(date));
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: place.account,
    time: redriveDate !== undefined && stopDate === undefined ? redriveDate : (stopDate ?? startDate),
    region: place.region,
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name,
      status,
      redriveCount,
      error,
      cause,
      startDate: milliseconds(startDate),
      stopDate: milliseconds(stopDate),
      redriveDate: milliseconds(redriveDate),
      input: JSON.stringify(input),
      inputDetails: { included: true },
      output: status === 'SUCCEEDED' ? JSON.stringify(output) : null,
      outputDetails: status === 'SUCCEEDED' ? { included: true } : null,
    },
  };
}
