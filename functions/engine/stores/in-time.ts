import { TransferError } from '../../transfer/errors.ts';
import type { Ports } from '../ports/ports.ts';

// Time for our own answer. API Gateway gives up soon after the function does, and its answer does not name the error.
export const ANSWER_MS = 2000;

export type Time = Pick<Ports, 'clock' | 'deadlineMs'>;

/** What is left of the time of a call, without the time for our answer. */
export function leftMsOf({ clock, deadlineMs }: Time): number {
  return Math.max(0, deadlineMs() - clock.nowMs() - ANSWER_MS);
}

/** Asks a store while somebody waits for the answer. Throws Unreachable before the call's time is up. */
export async function inTime<T>(time: Time, what: string, work: Promise<T>): Promise<T> {
  const { clock } = time;
  const answered = new AbortController();
  const leftMs = leftMsOf(time);
  const silence = clock.sleep(leftMs, answered.signal).then(() => {
    throw new TransferError('Unreachable', `${what} did not answer within ${Math.round(leftMs / 1000)} s.`);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    answered.abort();
  }
}
