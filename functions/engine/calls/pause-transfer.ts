import { hasBytesUnderWay, PAUSE_MS_MAX } from '../../transfer/budgets/pausing.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import type { TransferView } from '../../transfer/views/view.ts';
import { readTransfer } from '../claim/claim.ts';
import { refuseEnded } from '../claim/refuse-to-go-on.ts';
import type { Ports } from '../ports/ports.ts';
import { describeTransfer } from './describe-transfer.ts';

/**
 * Stops a transfer and keeps its parts until somebody resumes it. If parts are under way, their batches get at most a
 * minute to finish those that can; then the round ends, and Plan ends the execution. Otherwise this stops the execution at
 * once, also in the middle of a wait. A second call gives no more time; if nothing is under way any more, it stops the
 * execution. Throws Ended if the transfer is over already.
 */
export const pauseTransfer =
  (ports: Ports) =>
  async (transferId: string): Promise<Transfer> => {
    const { checkpoints, clock, executions } = ports;
    const before = await readTransfer(checkpoints, transferId);
    refuseEnded(before, 'paused');
    const reports = await checkpoints.reports(transferId);
    const hasWork = hasBytesUnderWay(reports, before.round, clock.nowMs());
    const paused = await checkpoints.change(transferId, (now) =>
      isFinal(now.state) || now.cancelRequested || now.pauseRequested
        ? undefined
        : {
            ...now,
            // While a client pushes, no execution runs that could write this state.
            state: now.state === 'pushing' ? 'paused' : now.state,
            pauseRequested: true,
            ...(hasWork && now.round === before.round ? { roundEndsByMs: clock.nowMs() + PAUSE_MS_MAX } : {}),
            updatedAtMs: clock.nowMs(),
          },
    );
    if (paused.pauseRequested && paused.execution && !endsByItself(paused, hasWork))
      await executions.stop(paused.execution.arn, 'The transfer was paused.');
    return paused;
  };

/** The view shows what is under way, and how much of it the pause throws away. */
export const pauseAndDescribe =
  (ports: Ports) =>
  async (transferId: string): Promise<TransferView> => {
    await pauseTransfer(ports)(transferId);
    return describeTransfer(ports)(transferId);
  };

/** Whether the batches of the round are at work, so that Plan comes after them and ends the execution. */
function endsByItself({ roundEndsByMs }: Transfer, hasWork: boolean): boolean {
  return roundEndsByMs !== undefined && hasWork;
}
