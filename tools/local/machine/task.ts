import { asString, isObject, type JsonObject } from '../../json.ts';
import { arnOf, place } from '../template/physical.ts';
import { Halted, payloadText, StateError } from './errors.ts';
import { payload } from './history.ts';
import type { InvokeOutcome, Run, Scope, Turn } from './run.ts';
import { openClock, timeoutSecondsOf } from './task-clock.ts';

const resource = { resourceType: 'lambda', resource: 'invoke' } as const;

type TaskCall = { readonly state: JsonObject; readonly context: JsonObject };

/**
 * A lambda:invoke task, with the events that Step Functions writes. It returns a function for one attempt. The library
 * calls that function again for each retry.
 */
export function openTask(run: Run, scope: Scope, { state, context }: TaskCall) {
  return async (parameters: unknown): Promise<unknown> => {
    if (scope.signal.aborted) throw new Halted();
    const text = payloadText(parameters, 'input of the task');
    const seconds = await timeoutSecondsOf(state, parameters, context);
    recordStart(run, scope, text, seconds);
    const clock = openClock(seconds);
    clock.start();
    const { execution } = run;
    const turn: Turn = {
      by: 'states',
      execution,
      signal: scope.signal,
      onWait: clock.stop,
      onBegin: clock.start,
    };
    try {
      // We parse its JSON, so that a Lambda gets a copy and never the state's live input.
      const answer = Promise.race([call(run, JSON.parse(text), turn), clock.isOver]);
      return conclude(run, scope, await untilHalted(answer, scope.signal));
    } catch (error) {
      // The clock throws the library's own error. All other errors here are StateErrors.
      if (!(error instanceof StateError)) recordTimeout(run, scope);
      throw error;
    } finally {
      clock.end();
    }
  };
}

function recordStart(run: Run, scope: Scope, parameters: string, timeoutInSeconds: number | undefined): void {
  const timeout = timeoutInSeconds === undefined ? {} : { timeoutInSeconds };
  const taskScheduledEventDetails = { ...resource, region: place.region, parameters, ...timeout };
  run.history.record(scope.thread, 'TaskScheduled', { taskScheduledEventDetails });
  run.history.record(scope.thread, 'TaskStarted', { taskStartedEventDetails: resource });
}

/** If an attempt has timed out, its late answer does not count, as on AWS. Its Lambda keeps running. */
function recordTimeout(run: Run, scope: Scope): void {
  run.history.record(scope.thread, 'TaskTimedOut', {
    taskTimedOutEventDetails: { ...resource, error: 'States.Timeout' },
  });
}

async function call(run: Run, parameters: unknown, turn: Turn): Promise<InvokeOutcome> {
  const { FunctionName, Payload = {} } = isObject(parameters) ? parameters : {};
  try {
    return await run.invoke(asString(FunctionName, 'FunctionName'), Payload, turn);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { functionError: { errorType: name, errorMessage: message } };
  }
}

/** Settles at once when the execution stops. Otherwise the library's time-out would keep the process alive for days. */
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
