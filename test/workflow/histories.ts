import { countEvents } from '../../functions/transfer/budgets/history.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { Attempt } from '../../functions/transfer/messages.ts';
import type { World } from './world.ts';

const deciding = ['initiate', 'plan', 'complete'];

/** In every test: the history is never longer than a state counts, and never shorter than what the state is sure of. */
export function holdToHistory(machine: World['machine'], step: string, payload: unknown): void {
  if (!deciding.includes(step)) return;
  const attempt = payload as Attempt;
  const counted = countEvents(attempt, { isHandedOut: step === 'complete' });
  const events = machine.history(attempt.execution.arn, { reverse: true, max: 1 }).items[0]?.id ?? 0;
  if (!counted || counted.events > 24_000) return; // a test says that it has become long
  if (counted.events < events || counted.events - counted.assumed > events)
    throw new Error(`${step} counts ${JSON.stringify(counted)}; the history has ${events} events.`);
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
