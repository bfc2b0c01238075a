import { TransferError } from '../../functions/transfer/errors.ts';
import type { Attempt } from '../../functions/transfer/messages.ts';
import { reckon } from '../../functions/transfer/reckoning/history.ts';
import type { World } from './world.ts';

const deciding = ['initiate', 'plan', 'complete'];

/** In every test: what a state reckons of its history is never below the truth, and where all was seen it is the truth. */
export function holdToHistory(machine: World['machine'], step: string, payload: unknown): void {
  if (!deciding.includes(step)) return;
  const attempt = payload as Attempt;
  const reckoned = reckon(attempt, { isHandedOut: step === 'complete' });
  const events = machine.history(attempt.execution.arn, { reverse: true, max: 1 }).items[0]?.id ?? 0;
  if (!reckoned || reckoned.events > 24_000) return; // a test says that it has become long
  if (reckoned.events < events || reckoned.events - reckoned.assumed > events)
    throw new Error(`${step} reckons ${JSON.stringify(reckoned)}; the history has ${events} events.`);
}

/** Counts how often Step Functions is asked for a history's length; it may be too busy to answer. */
export function countingEventCounts(w: World, answers: (call: number) => boolean = () => true): { calls: number } {
  const asked = { calls: 0 };
  const { eventCount } = w.ports.executions;
  w.ports.executions.eventCount = async (arn) => {
    asked.calls += 1;
    if (!answers(asked.calls)) throw new TransferError('Unreachable', 'ThrottlingException: Rate exceeded');
    return eventCount(arn);
  };
  return asked;
}
