import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { asObject, asString, isObject, type JsonObject } from '../../json.ts';
import { deepenContext, mapPaths } from './paths.ts';

export type PreparedState = {
  readonly name: string;
  readonly type: string;
  /** The state of the definition, with deepened context paths. */
  readonly state: JsonObject;
  /** A machine that has only this state. */
  readonly machine: StateMachine;
  readonly iteration?: PreparedIteration;
};

export type PreparedIteration = {
  readonly chain: PreparedChain;
  readonly items: StateMachine;
  readonly item?: StateMachine;
  readonly maxConcurrency?: StateMachine;
  readonly maxConcurrencyFixed: number;
};

export type PreparedChain = { readonly startAt: string; readonly states: ReadonlyMap<string, PreparedState> };

/** The name of the state in its own machine. Its neighbours keep their names, so that a state may lead to itself. */
export const OWN_NAME = '(this state)';

// ASL's own default is 99,999,999 s and aws-local-stepfunctions' is 60 s. setTimeout fires at once above 24.8 days.
const TIMEOUT_SECONDS_MAX = 20 * 24 * 3600;

// Inline Maps run at most 40 iterations at once, whatever MaxConcurrency says (state-map-inline.md).
const ITERATIONS_AT_ONCE_MAX = 40;

/**
 * Makes a definition ready to run state by state. aws-local-stepfunctions applies the rules of ASL (paths, templates,
 * choices, retries, catches). Our own code runs the order of states, the iterations of a Map and the history, because the
 * library starts queued iterations after a failure and cannot continue in the middle. `judgeDefinition` has found it right
 * when the stack was built.
 */
export function prepareChain(definition: JsonObject, retryFactor: number): PreparedChain {
  const states = Object.entries(asObject(definition.States, 'States')).map(
    ([name, state]) => [name, prepareState(name, asObject(state, name), retryFactor)] as const,
  );
  return { startAt: asString(definition.StartAt, 'StartAt'), states: new Map(states) };
}

function prepareState(name: string, source: JsonObject, retryFactor: number): PreparedState {
  const state = mapPaths(source, deepenContext);
  return {
    name,
    type: asString(source.Type, `${name}: Type`),
    state,
    machine: ownMachine(portableState(state, retryFactor)),
    ...(source.Type === 'Map' ? { iteration: prepareIteration(state, retryFactor) } : {}),
  };
}

function prepareIteration(state: JsonObject, retryFactor: number): PreparedIteration {
  const { ItemsPath, ItemSelector, Parameters, MaxConcurrency, MaxConcurrencyPath } = state;
  const selector = ItemSelector ?? Parameters;
  const concurrency = Number(MaxConcurrency ?? 0);
  return {
    chain: prepareChain(asObject(state.ItemProcessor ?? state.Iterator, 'ItemProcessor'), retryFactor),
    items: templateMachine({ 'value.$': ItemsPath ?? '$' }),
    ...(selector === undefined ? {} : { item: templateMachine({ value: selector }) }),
    ...(MaxConcurrencyPath === undefined ? {} : { maxConcurrency: templateMachine({ 'value.$': MaxConcurrencyPath }) }),
    maxConcurrencyFixed: concurrency,
  };
}

/** 0 means "no limit" in ASL. */
export const iterationsAtOnce = (maxConcurrency: number): number =>
  maxConcurrency > 0 ? Math.min(maxConcurrency, ITERATIONS_AT_ONCE_MAX) : ITERATIONS_AT_ONCE_MAX;

/** A machine that fills in a payload template whose paths are deepened already. Its result is under `value`. */
export function templateMachine(template: JsonObject): StateMachine {
  return ownMachine({ Type: 'Pass', Parameters: template, End: true });
}

function ownMachine(state: JsonObject): StateMachine {
  const neighbours = [...targetsOf(state)].map((name) => [name, { Type: 'Succeed' }] as const);
  const definition = { StartAt: OWN_NAME, States: { [OWN_NAME]: state, ...Object.fromEntries(neighbours) } };
  return new StateMachine(definition as unknown as StateMachineDefinition, { validationOptions: { noValidate: true } });
}

function* targetsOf(state: JsonObject): Generator<string> {
  for (const target of [state.Next, state.Default]) if (typeof target === 'string') yield target;
  for (const list of [state.Choices, state.Catch]) {
    for (const each of Array.isArray(list) ? list : []) if (isObject(each)) yield* targetsOf(each);
  }
}

/** The state, changed to avoid the library's defects: docs/decisions/0003. */
export function portableState(state: JsonObject, retryFactor = 1): JsonObject {
  const { ItemsPath, ItemSelector, ItemProcessor, Iterator: _, MaxConcurrency, MaxConcurrencyPath, ...rest } = state;
  const portable: Record<string, unknown> = { ...withoutWholeResultPath(rest) };
  if (Array.isArray(rest.Catch)) portable.Catch = rest.Catch.map(withoutWholeResultPath);
  if (Array.isArray(rest.Retry)) portable.Retry = rest.Retry.map((retrier) => scaleRetrier(retrier, retryFactor));
  if (rest.Type === 'Task') Object.assign(portable, withoutTimeout);
  if (rest.Type === 'Map' || (rest.Type === 'Pass' && 'Result' in rest)) return asOverriddenTask(portable);
  return portable;
}

/** `ResultPath: "$"` is ASL's default, and the library writes a key named "$" for it. */
function withoutWholeResultPath(value: JsonObject): JsonObject {
  const { ResultPath, ...rest } = value;
  return ResultPath === undefined || ResultPath === '$' ? rest : { ...rest, ResultPath };
}

function scaleRetrier(retrier: JsonObject, factor: number): JsonObject {
  const { IntervalSeconds = 1, MaxDelaySeconds } = retrier;
  // A longer wait would overflow setTimeout, which then does not wait at all.
  const delaySecondsMax = Math.min(Number(MaxDelaySeconds ?? TIMEOUT_SECONDS_MAX), TIMEOUT_SECONDS_MAX) * factor;
  return { ...retrier, IntervalSeconds: Number(IntervalSeconds) * factor, MaxDelaySeconds: delaySecondsMax };
}

// The library would count the time in which a task waits for its turn. task-clock.ts does not.
const withoutTimeout = { TimeoutSeconds: TIMEOUT_SECONDS_MAX, TimeoutSecondsPath: undefined };

/** Turns a Map, and a Pass with a Result, into a task that we answer. The library would drop the Results false, 0 and "". */
function asOverriddenTask({ Parameters: _, Result: __, ...state }: JsonObject): JsonObject {
  return { ...state, Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', TimeoutSeconds: TIMEOUT_SECONDS_MAX };
}
