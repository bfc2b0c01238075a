import { TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';

// What is left for the answer itself: API Gateway gives up soon after the function, and names nothing.
const ANSWER_MS = 2000;

/** What a store is asked while somebody waits for the answer. Throws Unreachable, by name, before the call's time is up. */
export async function inTime<T>(
  { clock, deadlineMs }: Pick<Ports, 'clock' | 'deadlineMs'>,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const answered = new AbortController();
  const leftMs = Math.max(0, deadlineMs() - clock.nowMs() - ANSWER_MS);
  const silence = clock.sleep(leftMs, answered.signal).then(() => {
    throw new TransferError('Unreachable', `${what} did not answer within ${Math.round(leftMs / 1000)} s.`);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    answered.abort();
  }
}
