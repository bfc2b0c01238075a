import { ExecutionError, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { JsonObject } from '../../json.ts';
import { templateMachine } from './prepare.ts';
import { sleep } from './sleep.ts';
import { evaluate } from './state.ts';

/** Measures how long an attempt of a task takes. It stops while the task waits in line, because AWS has no line. */
export type TaskClock = {
  /** Begins to count, from zero. */
  start(): void;
  stop(): void;
  /** Stops it for good. */
  end(): void;
  /** Rejects with the library's own States.Timeout when the time is over. */
  readonly isOver: Promise<never>;
};

/** Opens a clock. Without `seconds` the time is never over. */
export function openClock(seconds: number | undefined): TaskClock {
  let reject: (error: Error) => void = () => {};
  const isOver = new Promise<never>((_, rejected) => {
    reject = rejected;
  });
  // When the time is over, nobody may listen any more. Then the rejection must not crash this process.
  isOver.catch(() => {});
  let counting: AbortController | undefined;
  let hasEnded = false;
  const stop = () => counting?.abort();
  const start = () => {
    stop();
    if (seconds === undefined || hasEnded) return;
    const own = new AbortController();
    counting = own;
    void sleep(seconds * 1000, own.signal).then(async () => {
      if (!own.signal.aborted) reject(await libraryTimeout());
    });
  };
  const end = () => {
    hasEnded = true;
    stop();
  };
  return { start, stop, end, isOver };
}

export async function timeoutSecondsOf(
  { TimeoutSeconds, TimeoutSecondsPath }: JsonObject,
  parameters: unknown,
  context: JsonObject,
): Promise<number | undefined> {
  if (TimeoutSecondsPath === undefined) return TimeoutSeconds === undefined ? undefined : Number(TimeoutSeconds);
  return Number(await evaluate(templateMachine({ 'value.$': TimeoutSecondsPath }), parameters, context));
}

let provoked: Promise<Error> | undefined;

/**
 * The library tells a time-out from other failures by its class, because `States.TaskFailed` does not match it, and
 * does not export that class. So we let one of the library's tasks time out once, and keep the error.
 */
function libraryTimeout(): Promise<Error> {
  provoked ??= provokeTimeout();
  return provoked;
}

async function provokeTimeout(): Promise<Error> {
  const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', TimeoutSeconds: 0.001, End: true };
  const machine = new StateMachine({ StartAt: 'Late', States: { Late: task } } as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const late = { taskResourceLocalHandlers: { Late: () => new Promise<never>(() => {}) } };
  const error = await machine.run({}, { overrides: late }).result.catch((caught: unknown) => caught);
  if (error instanceof ExecutionError && error.cause instanceof Error) return error.cause;
  throw new Error('aws-local-stepfunctions did not time out');
}
