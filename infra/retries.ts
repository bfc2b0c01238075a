import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { errorsWithRemedy } from '../functions/transfer/errors.ts';
import {
  BATCH_OUTAGE_RETRIES_MAX,
  OUTAGE_RETRIES_MAX,
  QUEUED_RETRIES_MAX,
  RETRIES_MAX,
} from '../functions/transfer/messages.ts';
import { lambdaFailures, lambdaOutages } from './lambda-failures.ts';

// With full jitter each delay is a random part of its length, so that a thousand executions do not try again at the same
// moment.
const jitterStrategy = JitterType.FULL;
// With a longer delay, a transfer would continue late after the cause is gone. With a shorter one, a day would need too
// many tries.
const maxDelay = Duration.minutes(15);

/**
 * Used while Lambda has no room for a state. The delays grow from a second to 15 minutes, and the machine tries for a
 * day.
 */
export const whileLambdaIsOut: RetryProps = {
  errors: [...lambdaOutages],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay,
  maxAttempts: OUTAGE_RETRIES_MAX,
  jitterStrategy,
};

/**
 * The same for a batch. A transfer has many batches, so each has fewer tries, and the history has room for all of them.
 * The delays grow faster.
 */
export const whileLambdaIsOutForABatch: RetryProps = {
  ...whileLambdaIsOut,
  backoffRate: 4,
  maxAttempts: BATCH_OUTAGE_RETRIES_MAX,
};

/** An object that arrived waits until the transfer of its older version has ended. */
export const whileQueued: RetryProps = {
  errors: ['Queued'],
  interval: Duration.minutes(1),
  backoffRate: 2,
  maxDelay,
  maxAttempts: QUEUED_RETRIES_MAX,
  jitterStrategy,
};

/** For failures that may pass in a moment: seven tries in all, within a minute. */
export function soon(except: readonly string[]): RetryProps {
  const ours = errorsWithRemedy('retry').filter((name) => name !== 'Queued' && !except.includes(name));
  return {
    errors: [...ours, ...lambdaFailures],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    maxAttempts: RETRIES_MAX,
    jitterStrategy,
  };
}
