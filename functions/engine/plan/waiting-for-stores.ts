import { awayMsOf } from '../../transfer/budgets/idleness.ts';
import { waitForStore } from '../../transfer/budgets/patience.ts';
import { isPassing } from '../../transfer/errors.ts';
import { type Attempt, RETRIES_MAX, type WaitOutput } from '../../transfer/messages.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { findTransfer, type StateInput } from '../claim/execution-input.ts';
import { note } from '../claim/note.ts';
import { countTry } from '../claim/tries.ts';
import type { Ports } from '../ports/ports.ts';
import { handOnHistory } from './history-room.ts';

/**
 * For steps that copy nothing. There no round notices that a store cannot be reached. The state machine first tries
 * such a step again by itself. If that does not help, the step waits and comes again, as long as the patience of the
 * transfer lasts. Then it throws the error under its own name. `retryCount` also contains the calls for which Lambda
 * had no room. So after many of those, the step may wait at once, without the tries within a minute.
 */
export function waitingForStores<I extends StateInput & Attempt, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return (ports: Ports) =>
    async (input: I): Promise<O | WaitOutput> => {
      const begunAtMs = ports.clock.nowMs();
      try {
        return await step(ports)(input);
      } catch (error) {
        if (!isPassing(error)) throw error;
        const mayBeLast = (input.retryCount ?? 0) >= RETRIES_MAX;
        const output = mayBeLast ? await waitFor(ports, input, { error, begunAtMs }) : undefined;
        if (output) return output;
        await countTry(ports, input);
        throw error;
      }
    };
}

type Failed = { readonly error: unknown; readonly begunAtMs: number };

/** `undefined`: patience has ended, or there is no transfer yet. Throws HistoryFull. */
async function waitFor(
  ports: Ports,
  input: StateInput & Attempt,
  { error, begunAtMs }: Failed,
): Promise<WaitOutput | undefined> {
  const transfer = await findTransfer(ports, input);
  const nowMs = ports.clock.nowMs();
  const awayMs = transfer ? awayMsWith(transfer, { begunAtMs, nowMs }) : 0;
  const waitSeconds = transfer && waitForStore(awayMs / 1000, transfer.request.patienceSeconds);
  if (!waitSeconds) return undefined;
  const history = await handOnHistory(ports, input, { choices: isPlan(input) ? 2 : 1, waits: true });
  await note(ports, transfer, error);
  const away = { awaySinceMs: nowMs - awayMs, awayUntilMs: nowMs + waitSeconds * 1000 };
  await ports.checkpoints.change(transfer.transferId, (now) => {
    const isAnothers = now.execution !== undefined && now.execution.arn !== input.execution.arn;
    return isAnothers || isFinal(now.state) ? undefined : { ...now, ...away, updatedAtMs: nowMs };
  });
  return { transferId: transfer.transferId, next: 'wait', waitSeconds, history };
}

/** Two Choice states follow Plan, and one follows Initiate. Only the input of Initiate does not name the transfer. */
function isPlan(input: StateInput): boolean {
  return 'transferId' in input;
}

/**
 * For how long the store was away, with the attempts of this visit. We know how long this attempt took, and assume that
 * each earlier one took as long. The rest of the time since the last wait does not count: Lambda had no room then.
 */
function awayMsWith(transfer: Transfer, { begunAtMs, nowMs }: { begunAtMs: number; nowMs: number }): number {
  if (transfer.awaySinceMs === undefined) return 0;
  const attemptsMs = (RETRIES_MAX + 1) * (nowMs - begunAtMs);
  const sinceMs = nowMs - (transfer.awayUntilMs ?? nowMs);
  return awayMsOf(transfer, nowMs) + Math.min(sinceMs, attemptsMs);
}
