import { asFailure } from '../../transfer/errors.ts';
import { isFinal, isWaiting, type Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

// If nothing is wrong, an event arrives sooner than this, and an execution claims its transfer sooner.
const SILENCE_MS_MIN = 3600 * 1000;

/**
 * Marks a transfer as failed if its execution has ended and Settle never heard of it: the event was lost, or a start
 * died before its execution began. Returns whether it did so. EventBridge delivers an event at least once, but does not
 * try for ever.
 */
export async function endedUnheard(ports: Ports, { transferId }: Transfer): Promise<boolean> {
  const before = await ports.checkpoints.read(transferId);
  if (!before || !isSilent(before, ports.clock.nowMs())) return false;
  const arn = before.execution?.arn;
  const status = arn === undefined ? undefined : (await ports.executions.describe(arn))?.status;
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return false;
  const failure = asFailure(
    'Stopped',
    status === undefined
      ? 'No execution drives this transfer.'
      : `The execution ended (${status}), but Partway received no event.`,
  );
  const after = await ports.checkpoints.change(transferId, (now) =>
    now.updatedAtMs === before.updatedAtMs && isSilent(now, ports.clock.nowMs())
      ? { ...now, state: 'failed', failure, updatedAtMs: ports.clock.nowMs() }
      : undefined,
  );
  return after.state === 'failed';
}

/** Whether nothing was written about a transfer at work for longer than is usual. */
export function isSilent({ state, updatedAtMs }: Transfer, nowMs: number): boolean {
  return !isFinal(state) && !isWaiting(state) && state !== 'pushing' && nowMs - updatedAtMs > SILENCE_MS_MIN;
}
