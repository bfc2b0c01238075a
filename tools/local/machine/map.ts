import type { JsonObject } from '../../json.ts';
import { runChain } from './chain.ts';
import { Halted, payloadText, StateError } from './errors.ts';
import { iterationsAtOnce, type PreparedIteration, type PreparedState } from './prepare.ts';
import type { Run, Scope } from './run.ts';
import { evaluate } from './state.ts';

type MapCall = {
  readonly prepared: PreparedState;
  readonly iteration: PreparedIteration;
  readonly context: JsonObject;
  readonly scope: Scope;
};

/**
 * Runs an inline Map. When an iteration fails, no other iteration starts, and the answers of those that still run do not
 * count. Their Lambdas keep running, as on AWS.
 */
export function openMap(run: Run, call: MapCall): (input: unknown) => Promise<unknown> {
  let attempts = 0;
  return async (input) => {
    attempts += 1;
    if (attempts > 1) call.scope.iterations?.forget();
    const items = await itemsOf(call, input);
    run.history.record(call.scope.thread, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
    const outputs = await runIterations(run, call, input, items);
    run.history.record(call.scope.thread, 'MapStateSucceeded');
    payloadText(outputs, "Map's result");
    return outputs;
  };
}

async function itemsOf({ iteration, context, prepared }: MapCall, input: unknown): Promise<readonly unknown[]> {
  const items = await evaluate(iteration.items, input, context);
  if (Array.isArray(items)) return items;
  throw new StateError('States.Runtime', `The items of the Map '${prepared.name}' are not a list.`, { final: true });
}

async function concurrencyOf({ iteration, context }: MapCall, input: unknown): Promise<number> {
  const { maxConcurrency, maxConcurrencyFixed } = iteration;
  return iterationsAtOnce(
    maxConcurrency ? Number(await evaluate(maxConcurrency, input, context)) : maxConcurrencyFixed,
  );
}

async function runIterations(run: Run, call: MapCall, input: unknown, items: readonly unknown[]): Promise<unknown[]> {
  const outputs: unknown[] = new Array(items.length);
  const group = new AbortController();
  const signal = AbortSignal.any([call.scope.signal, group.signal]);
  // Only the first failure counts. What happens to the others after it is an abort.
  let failure: unknown;
  let nextIndex = 0;
  const worker = async () => {
    while (nextIndex < items.length && !signal.aborted) {
      const index = nextIndex++;
      const known = call.scope.iterations?.finished(index);
      try {
        outputs[index] = known
          ? known.output
          : await runIteration(run, { ...call, input, item: items[index], index, signal });
      } catch (error) {
        if (!(error instanceof Halted)) failure ??= error;
        group.abort();
      }
    }
  };
  const workerCount = Math.min(await concurrencyOf(call, input), items.length);
  await Promise.all(Array.from({ length: workerCount }, worker));
  if (call.scope.signal.aborted) throw new Halted();
  if (failure === undefined) return outputs;
  run.history.record(call.scope.thread, 'MapStateFailed', { mapStateFailedEventDetails: errorDetails(failure) });
  throw failure;
}

type IterationCall = MapCall & {
  readonly input: unknown;
  readonly item: unknown;
  readonly index: number;
  readonly signal: AbortSignal;
};

async function runIteration(run: Run, call: IterationCall): Promise<unknown> {
  const { index, signal, iteration, prepared } = call;
  // Iterations interleave in the history; each follows its own last event, as on AWS.
  const thread = { previousEventId: call.scope.thread.previousEventId };
  const named = { name: prepared.name, index };
  run.history.record(thread, 'MapIterationStarted', { mapIterationStartedEventDetails: named });
  try {
    const map = { Item: { Index: index, Value: call.item } };
    const context = { ...call.context, Map: map };
    const input = iteration.item ? await evaluate(iteration.item, call.input, context) : call.item;
    const output = await runChain(run, { chain: iteration.chain, scope: { thread, signal, map }, input });
    run.history.record(thread, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: named });
    call.scope.iterations?.add(index, output);
    return output;
  } catch (error) {
    const outcome = error instanceof Halted ? 'Aborted' : 'Failed';
    run.history.record(thread, `MapIteration${outcome}`, { [`mapIteration${outcome}EventDetails`]: named });
    throw error;
  }
}

function errorDetails(failure: unknown): { error?: string; cause?: string } {
  return failure instanceof Error ? { error: failure.name, cause: failure.message } : {};
}
