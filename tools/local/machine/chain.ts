import { asString, type JsonObject } from '../../json.ts';
import { Halted, payloadText, StateError } from './errors.ts';
import { payload } from './history.ts';
import { openMap } from './map.ts';
import { type PreparedChain, type PreparedState, templateMachine } from './prepare.ts';
import type { Run, Scope } from './run.ts';
import { sleep } from './sleep.ts';
import { evaluate, runState, type StateExit } from './state.ts';
import { openTask } from './task.ts';

export type ChainCall = {
  readonly chain: PreparedChain;
  readonly scope: Scope;
  readonly input: unknown;
  /** Continues with this state instead of the first one. */
  readonly resume?: { readonly state: string; readonly enteredAtMs: number; readonly recordEntry: boolean };
  readonly log?: ChainLog;
};

/** Writes each entry of a state to the disk, before the state's work begins. */
export type ChainLog = { entered(state: string, input: unknown, atMs: number): void };

type Visit = {
  readonly prepared: PreparedState;
  readonly input: unknown;
  readonly enteredAtMs: number;
  readonly recordEntry: boolean;
};

/** Runs one state after another until the chain ends, and returns the output of the last one. */
export async function runChain(run: Run, call: ChainCall): Promise<unknown> {
  const { chain, scope, resume, log } = call;
  let visit: Visit = {
    prepared: stateOf(chain, resume?.state ?? chain.startAt),
    input: call.input,
    enteredAtMs: resume?.enteredAtMs ?? run.now(),
    recordEntry: resume?.recordEntry ?? true,
  };
  if (!resume) log?.entered(visit.prepared.name, visit.input, visit.enteredAtMs);
  // The loop ends with the chain, or at the latest when the history is full, with 25,000 events.
  for (;;) {
    const { output, next } = await runVisit(run, scope, visit);
    if (next === undefined) return output;
    visit = { prepared: stateOf(chain, next), input: output, enteredAtMs: run.now(), recordEntry: true };
    log?.entered(next, output, visit.enteredAtMs);
  }
}

function stateOf(chain: PreparedChain, name: string): PreparedState {
  const state = chain.states.get(name);
  // Somebody may have changed the definition between a crash and the recovery.
  if (!state) throw new StateError('States.Runtime', `The state machine has no state '${name}'.`, { final: true });
  return state;
}

async function runVisit(run: Run, scope: Scope, visit: Visit): Promise<StateExit> {
  const { name, type } = visit.prepared;
  const input = payloadText(visit.input, `input of the state '${name}'`);
  if (visit.recordEntry) {
    const stateEnteredEventDetails = { name, ...payload('input', input) };
    run.history.record(scope.thread, `${type}StateEntered`, { stateEnteredEventDetails });
  }
  try {
    const exit = await runByType(run, scope, visit);
    const output = payloadText(exit.output, `output of the state '${name}'`);
    const stateExitedEventDetails = { name, ...payload('output', output) };
    run.history.record(scope.thread, `${type}StateExited`, { stateExitedEventDetails });
    return exit;
  } catch (error) {
    if (error instanceof Halted && abortable.has(type)) run.history.record(scope.thread, `${type}StateAborted`);
    throw error;
  }
}

const abortable = new Set(['Task', 'Map', 'Wait']);

async function runByType(run: Run, scope: Scope, visit: Visit): Promise<StateExit> {
  const { prepared, input } = visit;
  const context = contextOf(run, scope, visit);
  const call = { input, context, signal: scope.signal };
  if (prepared.type === 'Task') return runTask(run, scope, visit, context);
  if (prepared.iteration) {
    const handler = openMap(run, { prepared, iteration: prepared.iteration, context, scope });
    return runState(prepared.machine, { ...call, handler: countAttempts(context, handler) });
  }
  // We wait here. After that the library only handles the input and the output of the state.
  if (prepared.type === 'Wait') await wait(run, scope, visit, context);
  return runState(prepared.machine, { ...call, handler: async () => structuredClone(prepared.state.Result) });
}

async function runTask(run: Run, scope: Scope, { prepared, input }: Visit, context: Context): Promise<StateExit> {
  const attempt = openTask(run, scope, { state: prepared.state, context });
  const handler = countAttempts(context, attempt);
  return runState(prepared.machine, { input, context, signal: scope.signal, handler });
}

type Context = JsonObject & { readonly State: { RetryCount: number } };

function contextOf(run: Run, scope: Scope, { prepared, enteredAtMs }: Visit): Context {
  const EnteredTime = new Date(enteredAtMs).toISOString();
  const State = { EnteredTime, Name: prepared.name, RetryCount: 0 };
  return { ...run.context, State, ...(scope.map ? { Map: scope.map } : {}) };
}

/** Increases `$$.State.RetryCount` for the next attempt. The library reads the context again for each attempt. */
function countAttempts(context: Context, handler: (parameters: unknown) => Promise<unknown>) {
  return (parameters: unknown) => {
    context.State.RetryCount += 1;
    return handler(parameters);
  };
}

/** The end of a Wait is computed from its entry. So a recovered Wait ends at the same time as without the crash. */
async function wait(
  run: Run,
  scope: Scope,
  { prepared, input, enteredAtMs }: Visit,
  context: JsonObject,
): Promise<void> {
  const { Seconds, SecondsPath, Timestamp, TimestampPath, InputPath = '$' } = prepared.state;
  const query = async (path: unknown, from: unknown) => evaluate(templateMachine({ 'value.$': path }), from, context);
  const at = async (path: unknown) => query(path, await query(InputPath, input));
  const seconds = SecondsPath === undefined ? Seconds : await at(SecondsPath);
  const timestamp = TimestampPath === undefined ? Timestamp : await at(TimestampPath);
  const endMs =
    seconds === undefined ? Date.parse(asString(timestamp, 'Timestamp')) : enteredAtMs + Number(seconds) * 1000;
  const delayMs = (endMs - enteredAtMs) * run.waitFactor - (run.now() - enteredAtMs);
  await sleep(delayMs, scope.signal);
  if (scope.signal.aborted) throw new Halted();
}
