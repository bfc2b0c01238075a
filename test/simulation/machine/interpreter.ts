import type { Chance } from '../chance.ts';
import {
  at,
  type Catcher,
  type Chain,
  filled,
  isObject,
  type Json,
  type JsonObject,
  matches,
  type Retrier,
  type State,
  StateError,
} from './definition.ts';

/** What the interpreter needs from the execution that it runs. */
export type Run = {
  readonly context: JsonObject;
  readonly chance: Chance;
  nowMs(): number;
  /** Counts events of the history. Throws if the history is full. */
  count(events: number): void;
  /** Waits on the virtual clock. Never returns after this life of the execution has ended. */
  wait(seconds: number): Promise<void>;
  /** Calls a Lambda. Never returns after this life has ended, although the Lambda runs on. */
  invoke(functionName: string, payload: Json, timeoutSeconds: number): Promise<Json>;
  entered(name: string, input: Json): void;
};

/** The state that was entered and not yet exited, with its input. A redrive continues there. */
export type Position = { state: string; input: Json; iterations?: Iteration[] | undefined };
type Iteration = { readonly position: Position; done: boolean; output: Json };

const PAYLOAD_BYTES_MAX = 256 * 1024;

/** Runs states from a position to the end. If a state fails, the position stays at that state. */
export async function runChain(chain: Chain, position: Position, run: Run): Promise<Json> {
  for (;;) {
    const state = chain.States[position.state];
    if (!state) throw new StateError('States.Runtime', `There is no state ${position.state}.`);
    refuseLargePayload(position.input);
    run.entered(position.state, position.input);
    run.count(1);
    const { next, output } = await runState(state, position, run);
    if (next === undefined) return output;
    position.state = next;
    position.input = output;
    position.iterations = undefined;
  }
}

type Step = { readonly next: string | undefined; readonly output: Json };

async function runState(state: State, position: Position, run: Run): Promise<Step> {
  const { input } = position;
  const exit = (output: Json, next = state.Next): Step => {
    run.count(1);
    return { next, output };
  };
  switch (state.Type) {
    case 'Task':
      return runTask(state, input, run);
    case 'Map': {
      const outputs = await runMap(state, position, run);
      return exit(withResult(state, input, outputs));
    }
    case 'Choice':
      return exit(input, chosen(state, input, run.context));
    case 'Wait': {
      const seconds = Number(at(state.SecondsPath ?? '$', input, run.context));
      await run.wait(seconds);
      return exit(input);
    }
    case 'Pass':
      return exit(state.Result ?? input);
    case 'Succeed':
      return exit(input);
    case 'Fail':
      throw new StateError(
        String(at(state.ErrorPath ?? '', input, run.context)),
        String(at(state.CausePath ?? '', input, run.context)),
      );
  }
}

function chosen(state: State, input: Json, context: JsonObject): string {
  const rule = state.Choices?.find(({ Variable, StringEquals, NumericGreaterThan }) => {
    const value = at(Variable, input, context);
    if (StringEquals !== undefined) return value === StringEquals;
    return NumericGreaterThan !== undefined && Number(value) > NumericGreaterThan;
  });
  const next = rule?.Next ?? state.Default;
  if (next === undefined) throw new StateError('States.NoChoiceMatched', 'No rule matches.');
  return next;
}

async function runTask(state: State, input: Json, run: Run): Promise<Step> {
  const { FunctionName = '', ...parameters } = state.Parameters ?? {};
  const attempts = new Map<Retrier, number>();
  const EnteredTime = new Date(run.nowMs()).toISOString();
  for (let RetryCount = 0; ; RetryCount += 1) {
    const { Payload } = filled(parameters, input, { ...run.context, State: { RetryCount, EnteredTime } }) as {
      Payload: Json;
    };
    run.count(2); // scheduled, started
    try {
      const payload = await run.invoke(FunctionName, Payload, state.TimeoutSeconds ?? 99_999_999);
      run.count(2); // succeeded, exited
      refuseLargePayload(payload);
      const result = { Payload: payload };
      const selected = state.ResultSelector ? filled(state.ResultSelector, result, {}) : result;
      return { next: state.Next, output: at(state.OutputPath ?? '$', withResult(state, input, selected), {}) };
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      run.count(1); // failed, or timed out
      const retrier = state.Retry?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
      const tries = retrier ? (attempts.get(retrier) ?? 0) : 0;
      if (retrier && tries < (retrier.MaxAttempts ?? 3)) {
        attempts.set(retrier, tries + 1);
        await run.wait(delaySeconds(retrier, tries, run.chance));
        continue;
      }
      return caught(state, input, error, run);
    }
  }
}

function delaySeconds(retrier: Retrier, tries: number, chance: Chance): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  const delay = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** tries);
  return retrier.JitterStrategy === 'FULL' ? chance.real() * delay : delay;
}

function caught(state: State, input: Json, error: StateError, run: Run): Step {
  const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
  if (!catcher) throw error;
  run.count(1); // A state whose error is caught has exited, so a redrive does not return to it.
  return { next: catcher.Next, output: withResult(catcher, input, { Error: error.name, Cause: error.message }) };
}

/** Puts a result or a caught error nowhere, in the place of the input, or into one field of it. */
function withResult({ ResultPath }: Pick<State | Catcher, 'ResultPath'>, input: Json, result: Json): Json {
  if (ResultPath === null) return input;
  if (ResultPath === undefined) return result;
  const name = /^\$\.(\w+)$/.exec(ResultPath)?.[1];
  if (!name || !isObject(input)) throw new StateError('States.ResultPathMatchFailure', ResultPath);
  return { ...input, [name]: result };
}

/** Runs a Map. The first iteration that fails ends it, and no other begins. A redrive skips those that succeeded. */
async function runMap(state: State, position: Position, run: Run): Promise<Json> {
  const { input } = position;
  const chain = state.ItemProcessor;
  const items = at(state.ItemsPath ?? '$', input, run.context) as readonly Json[];
  if (!chain) throw new StateError('States.Runtime', 'A Map needs an ItemProcessor.');
  run.count(1); // MapStateStarted
  position.iterations ??= items.map((item) => {
    const context = { ...run.context, Map: { Item: { Value: item } } };
    const itemInput = filled(state.ItemSelector ?? {}, input, context);
    return { position: { state: chain.StartAt, input: itemInput }, done: false, output: null };
  });
  const queue = position.iterations.filter(({ done }) => !done);
  let failed = false;
  const lane = async () => {
    for (let next = queue.shift(); next && !failed; next = queue.shift()) {
      const iteration = next;
      run.count(1); // MapIterationStarted
      try {
        iteration.output = await runChain(chain, iteration.position, run);
        iteration.done = true;
        run.count(1);
      } catch (error) {
        failed = true;
        run.count(1);
        throw error;
      }
    }
  };
  const wide = Math.min(40, Number(at(state.MaxConcurrencyPath ?? '$', input, run.context)));
  await Promise.all(Array.from({ length: wide }, lane));
  run.count(1); // MapStateSucceeded
  return position.iterations.map(({ output }) => output);
}

function refuseLargePayload(value: Json): void {
  if (JSON.stringify(value).length > PAYLOAD_BYTES_MAX)
    throw new StateError('States.DataLimitExceeded', 'More than 256 KiB.');
}
