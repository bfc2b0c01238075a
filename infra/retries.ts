import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { errorsWithRemedy, lambdaFailures, lambdaOutages } from '../functions/transfer/errors.ts';
import {
  BATCH_OUTAGE_RETRIES_MAX,
  OUTAGE_RETRIES_MAX,
  QUEUED_RETRIES_MAX,
  RETRIES_MAX,
} from '../functions/transfer/messages.ts';

// Jitter spreads each delay from nothing to its whole, so that a thousand executions do not come again at one moment.
const jitterStrategy = JitterType.FULL;
// Short enough that a transfer goes on soon after its hindrance is gone, long enough that a day takes few tries.
const maxDelay = Duration.minutes(15);

/** While Lambda has no room for a state: its delays grow from a second to 15 minutes, and it is tried for a day. */
export const whileLambdaIsOut: RetryProps = {
  errors: [...lambdaOutages],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay,
  maxAttempts: OUTAGE_RETRIES_MAX,
  jitterStrategy,
};

/** The same for each of many batches: fewer tries, so that the history has room for all, and therefore delays that grow faster. */
export const whileLambdaIsOutForABatch: RetryProps = {
  ...whileLambdaIsOut,
  backoffRate: 4,
  maxAttempts: BATCH_OUTAGE_RETRIES_MAX,
};

/** An object that arrived waits for the older version of it that is on its way. */
export const whileQueued: RetryProps = {
  errors: ['Queued'],
  interval: Duration.minutes(1),
  backoffRate: 2,
  maxDelay,
  maxAttempts: QUEUED_RETRIES_MAX,
  jitterStrategy,
};

/** What may go well a moment later: within a minute, seven times in all. */
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
