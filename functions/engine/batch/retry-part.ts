import { OTHER_RANGE } from '../../transfer/at-stores.ts';
import { remedyOf, TransferError } from '../../transfer/errors.ts';
import type { TransferRequest } from '../../transfer/request.ts';
import type { Clock } from '../ports/ports.ts';

type Retrying = {
  readonly clock: Clock;
  readonly retry: TransferRequest['retry'];
  readonly signal: AbortSignal;
  readonly closing: AbortSignal;
  readonly onRetry: (error: unknown) => void;
};

/**
 * Tries one part again inside one Lambda, as often as the request says. Calls `onRetry` after each failed attempt. Once
 * `closing` is aborted, there is no other attempt.
 */
export async function retryPart<T>(
  { clock, retry, signal, closing, onRetry }: Retrying,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (failures >= retry.count || signal.aborted || closing.aborted || !mayPass(error)) throw error;
      onRetry(error);
      // Full jitter: forty Lambdas that were throttled together must not come back together.
      const ceilingMs = retry.intervalSeconds * 1000 * retry.backoff ** failures;
      await clock.sleep(clock.random() * Math.min(ceilingMs, 60_000), AbortSignal.any([signal, closing]));
    }
  }
}

/**
 * If a part is damaged on its way, or the server sent another range, another attempt may help. After the last attempt, the
 * error is what it says.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false;
  return remedyOf(error.name) === 'retry' || error.name === 'Damaged' || error.said?.code === OTHER_RANGE;
}
