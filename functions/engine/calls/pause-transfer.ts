import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { readTransfer } from '../claim/claim.ts';
import { refuseEnded } from '../claim/refuse-to-go-on.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Stops a transfer and keeps its parts until somebody resumes it. Batches at work see the mark and end. The parts that
 * they have recorded stay. Throws Ended if the transfer is over already.
 */
export const pauseTransfer =
  (ports: Ports) =>
  async (transferId: string): Promise<Transfer> => {
    const before = await readTransfer(ports.checkpoints, transferId);
    refuseEnded(before, 'paused');
    const paused = await ports.checkpoints.change(transferId, (now) =>
      isFinal(now.state) || now.cancelRequested || now.pauseRequested
        ? undefined
        : {
            ...now,
            // While a client pushes, no execution runs that could write this state.
            state: now.state === 'pushing' ? 'paused' : now.state,
            pauseRequested: true,
            updatedAtMs: ports.clock.nowMs(),
          },
    );
    if (paused.pauseRequested && paused.execution)
      await ports.executions.stop(paused.execution.arn, 'The transfer was paused.');
    return paused;
  };
