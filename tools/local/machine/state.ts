import { ExecutionAbortedError, ExecutionError, type StateMachine } from 'aws-local-stepfunctions';
import type { JsonObject } from '../../json.ts';
import { Halted, StateError } from './errors.ts';
import { CONTEXT_KEY } from './paths.ts';
import { OWN_NAME } from './prepare.ts';

export type StateExit = { readonly output: unknown; readonly next?: string };

type StateCall = {
  readonly input: unknown;
  readonly context: JsonObject;
  readonly signal: AbortSignal;
  /** Answers the task; called once per attempt. */
  readonly handler?: (parameters: unknown) => Promise<unknown>;
};

type Input = Parameters<StateMachine['run']>[0];
type RunContext = NonNullable<NonNullable<Parameters<StateMachine['run']>[1]>['context']>;

/** Runs one prepared state with aws-local-stepfunctions. Returns its output, and the next state if there is one. */
export async function runState(machine: StateMachine, call: StateCall): Promise<StateExit> {
  const { context, handler, signal } = call;
  if (signal.aborted) throw new Halted();
  const execution = machine.run(call.input as Input, {
    context: { [CONTEXT_KEY]: context } as RunContext,
    overrides: {
      // When a Wait comes here, its time has passed already.
      waitTimeOverrides: { [OWN_NAME]: 0 },
      ...(handler ? { taskResourceLocalHandlers: { [OWN_NAME]: handler as (input: unknown) => Promise<Input> } } : {}),
    },
  });
  signal.addEventListener('abort', execution.abort, { once: true });
  try {
    const output = await execution.result;
    return { output, ...(await nextState(execution.eventLogs)) };
  } catch (error) {
    throw asStateError(error);
  } finally {
    signal.removeEventListener('abort', execution.abort);
  }
}

/** Fills in a template made by `templateMachine`. */
export async function evaluate(machine: StateMachine, input: unknown, context: JsonObject): Promise<unknown> {
  const call = { input, context, signal: neverAborted };
  return ((await runState(machine, call)).output as JsonObject).value;
}

const neverAborted = new AbortController().signal;

async function nextState(eventLogs: ReturnType<StateMachine['run']>['eventLogs']): Promise<{ next?: string }> {
  for await (const event of eventLogs) {
    if (event.type === 'StateEntered' && event.state.name !== OWN_NAME) return { next: event.state.name };
  }
  return {};
}

function asStateError(error: unknown): Error {
  if (error instanceof ExecutionAbortedError) return new Halted();
  const cause = error instanceof ExecutionError ? error.cause : error;
  if (cause instanceof StateError) return cause;
  if (!(cause instanceof Error)) return new StateError('Error', String(cause));
  // The Map around an iteration may still catch what failed in it.
  return new StateError(cause.name, cause.message, { final: 'isCatchable' in cause && cause.isCatchable === false });
}
