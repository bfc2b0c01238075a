import { countEvents } from '../../functions/transfer/budgets/history.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { Attempt } from '../../functions/transfer/messages.ts';
import type { World } from './world.ts';

const deciding = ['initiate', 'plan', 'complete'];

/** Checks in every test that the history is not longer than a state counts, nor shorter than the state is sure of. */
export function holdToHistory(machine: World['machine'], step: string, payload: unknown): void {
  if (!deciding.includes(step)) return;
  const attempt = payload as Attempt;
  const counted = countEvents(attempt, { isHandedOut: step === 'complete' });
  const events = machine.history(attempt.execution.arn, { reverse: true, max: 1 }).items[0]?.id ?? 0;
  if (!counted || counted.events > 24_000) return; // The test pretends that the history is long.
  if (counted.events < events || counted.events - counted.assumed > events)
    throw new Error(`${step} counts ${JSON.stringify(counted)}; the history has ${events} events.`);
}

/** Counts how often Step Functions is asked for a history's length. `answers` says whether it answers a call. */
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
