import { remedyOf } from '../errors.ts';
import type { Transfer } from '../transfer.ts';

/**
 * Whether the transfer has an upload, or goes as one request. A planned upload that could not be begun or adopted does
 * not count. A resume of such a transfer takes the key again.
 */
export function hasBegun({ plan, method, uploadsBegun }: Transfer): boolean {
  return plan !== undefined && (method === 'whole' || uploadsBegun > 0);
}

/**
 * Whether Partway refused the transfer before anything began. Then it holds no key, and the target has nothing of it.
 * The same name may come later, when parts are there: that is a failure like any other.
 */
export function isRefused(transfer: Transfer): boolean {
  const { state, failure } = transfer;
  const hasEnded = state === 'failed' || state === 'aborted';
  return hasEnded && failure !== undefined && remedyOf(failure.name) === 'refuse' && !hasBegun(transfer);
}
