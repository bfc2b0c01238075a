import { asString, isObject, type JsonObject } from '../json.ts';
import { arnOf, place } from '../physical.ts';
import { Halted, payloadText, StateError } from './errors.ts';
import { payload } from './history.ts';
import type { InvokeOutcome, Run, Scope } from './run.ts';

export type Task = {
  /** Called by the library for the first attempt and for each retry. */
  attempt(parameters: unknown): Promise<unknown>;
  /** Records the last attempt's time-out, which only the library has noticed. */
  finish(): void;
};

const resource = { resourceType: 'lambda', resource: 'invoke' } as const;

/** A lambda:invoke task, with the events that Step Functions writes for each attempt of it. */
export function openTask(run: Run, scope: Scope, state: JsonObject): Task {
  let open: symbol | undefined;
  const finish = () => {
    if (open === undefined) return;
    open = undefined;
    // The late answer of a timed-out attempt counts for nothing, on AWS as here; its Lambda runs on.
    run.history.record(scope.thread, 'TaskTimedOut', {
      taskTimedOutEventDetails: { ...resource, error: 'States.Timeout' },
    });
  };
  const attempt = async (parameters: unknown) => {
    if (scope.signal.aborted) throw new Halted();
    finish();
    const text = payloadText(parameters, 'input of the task');
    recordStart(run, scope, text, state.TimeoutSeconds);
    const own = Symbol('attempt');
    open = own;
    // Parsed from its JSON: a Lambda gets a copy, never the state's live input.
    const outcome = await untilHalted(call(run, JSON.parse(text)), scope.signal).catch((error) => {
      open = undefined;
      throw error;
    });
    if (open !== own) throw new Halted();
    open = undefined;
    return conclude(run, scope, outcome);
  };
  return { attempt, finish };
}

function recordStart(run: Run, scope: Scope, parameters: string, timeoutInSeconds: unknown): void {
  const timeout = timeoutInSeconds === undefined ? {} : { timeoutInSeconds };
  const taskScheduledEventDetails = { ...resource, region: place.region, parameters, ...timeout };
  run.history.record(scope.thread, 'TaskScheduled', { taskScheduledEventDetails });
  run.history.record(scope.thread, 'TaskStarted', { taskStartedEventDetails: resource });
}

async function call(run: Run, parameters: unknown): Promise<InvokeOutcome> {
  const { FunctionName, Payload = {} } = isObject(parameters) ? parameters : {};
  try {
    return await run.invoke(asString(FunctionName, 'FunctionName'), Payload);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { functionError: { errorType: name, errorMessage: message } };
  }
}

/** Settles at once when the execution halts, or the library's time-out would keep the process alive for days. */
function untilHalted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const halt = () => reject(new Halted());
    signal.addEventListener('abort', halt, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', halt));
  });
}

function conclude(run: Run, scope: Scope, outcome: InvokeOutcome): unknown {
  const failure = failureOf(outcome);
  if (failure) {
    const taskFailedEventDetails = { ...resource, error: failure.name, cause: failure.message };
    run.history.record(scope.thread, 'TaskFailed', { taskFailedEventDetails });
    throw failure;
  }
  const result = invokeResult('payload' in outcome ? outcome.payload : null);
  const text = payloadText(result, "task's result");
  const taskSucceededEventDetails = { ...resource, ...payload('output', text) };
  run.history.record(scope.thread, 'TaskSucceeded', { taskSucceededEventDetails });
  return JSON.parse(text);
}

/** Step Functions gives the error's type as Error, and the JSON of Lambda's whole answer as Cause. */
function failureOf(outcome: InvokeOutcome): StateError | undefined {
  if ('throttled' in outcome) return new StateError('Lambda.TooManyRequestsException', outcome.throttled);
  if ('functionError' in outcome) {
    return new StateError(outcome.functionError.errorType, JSON.stringify(outcome.functionError));
  }
  return undefined;
}

const invokeResult = (value: unknown) => ({
  ExecutedVersion: '$LATEST',
  Payload: value ?? null,
  SdkHttpMetadata: { HttpStatusCode: 200 },
  SdkResponseMetadata: { RequestId: arnOf('lambda', 'local') },
  StatusCode: 200,
});
