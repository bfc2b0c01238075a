import { TransferError } from '../../transfer/errors.ts';
import type { Ports } from '../ports/ports.ts';

// Leaves time to write the last report and to answer before Lambda kills the process.
const MARGIN_MS = 5_000;
const RESERVE_MS = 10_000;

export type BatchDeadline = {
  /**
   * Whether one more part can finish: we keep twice the time of the slowest part so far, since the parts of one batch
   * take about the same time.
   */
  leavesTimeForAPart(): boolean;
  partTook(ms: number): void;
  clear(): void;
};

/** Ends a batch in order shortly before its Lambda's time is up, so that only the parts in flight are lost. */
export function batchDeadline({ clock, deadlineMs }: Ports, ending: AbortController): BatchDeadline {
  let slowestMs = 0;
  const over = new AbortController();
  void clock
    .sleep(Math.max(0, deadlineMs() - clock.nowMs() - MARGIN_MS), over.signal)
    .then(() => ending.abort(new TransferError('Incomplete', 'The time of this Lambda is up.')))
    .catch(() => {}); // cleared: the batch ended in time
  return {
    leavesTimeForAPart: () => deadlineMs() - clock.nowMs() > 2 * slowestMs + RESERVE_MS,
    partTook: (ms) => {
      slowestMs = Math.max(slowestMs, ms);
    },
    clear: () => over.abort(),
  };
}
