import { isPassing } from '../transfer/errors.ts';
import { type Attempt, RETRIES_MAX, type WaitOutput } from '../transfer/messages.ts';
import { waitForStore } from '../transfer/patience.ts';
import type { Ports } from '../transfer/ports.ts';
import type { Transfer } from '../transfer/transfer.ts';
import { batchesLeft } from './begin-round.ts';
import { type Asked, findTransfer } from './execution-input.ts';
import { note } from './note.ts';

/**
 * For steps that copy nothing, where no round would notice that a store cannot be reached. The state machine tries such a
 * step again by itself; when that has not helped, it waits and comes again, as long as the transfer's patience lasts.
 * Then the step ends as what went wrong is called.
 */
export function waitingOut<I extends Asked & Attempt, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O | WaitOutput> => {
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isPassing(error) || (input.retryCount ?? 0) < RETRIES_MAX) throw error;
        const transfer = await findTransfer(ports, input);
        const waitSeconds = transfer && waitOf(transfer, ports.clock.nowMs());
        if (!waitSeconds) throw error;
        await batchesLeft(ports, input.execution.arn);
        await note(ports, transfer, error);
        await away(ports, transfer.transferId);
        return { transferId: transfer.transferId, next: 'wait', waitSeconds };
      }
    };
}

function waitOf({ awaySinceMs, request }: Transfer, nowMs: number): number | undefined {
  return waitForStore((nowMs - (awaySinceMs ?? nowMs)) / 1000, request.patienceSeconds);
}

async function away({ checkpoints, clock }: Ports, transferId: string): Promise<void> {
  const nowMs = clock.nowMs();
  await checkpoints.change(transferId, (now) =>
    now.awaySinceMs === undefined ? { ...now, awaySinceMs: nowMs, updatedAtMs: nowMs } : undefined,
  );
}
