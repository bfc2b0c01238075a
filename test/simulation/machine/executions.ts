import type { Chance } from '../chance.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trace } from '../trace.ts';
import { type Chain, type Json, StateError } from './definition.ts';
import { type Position, type Run, runChain } from './interpreter.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
export type Execution = {
  readonly name: string;
  readonly arn: string;
  readonly input: Json;
  readonly position: Position;
  status: Status;
  /** The statuses and when each began. DescribeExecution may answer with an older one. */
  readonly seen: { readonly fromMs: number; readonly status: Status }[];
  redriveCount: number;
  events: number;
  eventsAtLife: number;
  endedAtMs: number;
  error: string | undefined;
  cause: string | undefined;
  /** The present life, from a start or a redrive to its end. Nothing that an earlier life waited for has an effect. */
  life: { over: boolean };
};

export type Machine = {
  readonly executions: Map<string, Execution>;
  running(): number;
  start(name: string, input: Json): Execution;
  stop(arn: string, cause: string): void;
  /** Returns false if Step Functions does not redrive this execution. */
  redrive(arn: string): boolean;
};

type Surroundings = {
  readonly chain: Chain;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly trace: Trace;
  invoke(functionName: string, payload: Json): Promise<Json>;
  onEnd(execution: Execution): void;
  onEntered(execution: Execution, state: string, input: Json): void;
  onHistoryFull(execution: Execution): void;
};

// A redrive is possible for 14 days, and if the history has fewer than 24,999 events:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
const REDRIVABLE_MS = 14 * 24 * 3_600_000;
const EVENTS_MAX = 25_000;

export function openMachine(world: Surroundings): Machine {
  const executions = new Map<string, Execution>();
  const { scheduler, trace } = world;
  const find = (arn: string) => executions.get(arn.split(':').at(-1) ?? '');
  return {
    executions,
    running: () => [...executions.values()].filter(({ status }) => status === 'RUNNING').length,
    start: (name, input) => {
      const present = executions.get(name);
      if (present) return present;
      const execution: Execution = {
        name,
        arn: `arn:aws:states:us-east-1:000000000000:execution:Machine:${name}`,
        input,
        position: { state: world.chain.StartAt, input },
        status: 'RUNNING',
        seen: [{ fromMs: scheduler.nowMs(), status: 'RUNNING' }],
        redriveCount: 0,
        events: 1,
        eventsAtLife: 0,
        endedAtMs: 0,
        error: undefined,
        cause: undefined,
        life: { over: false },
      };
      executions.set(name, execution);
      live(world, execution);
      return execution;
    },
    stop: (arn, cause) => {
      const execution = find(arn);
      if (execution?.status === 'RUNNING') end(world, execution, 'ABORTED', { error: 'Stopped', cause });
    },
    redrive: (arn) => {
      const execution = find(arn);
      if (!execution || !isRedrivable(execution, scheduler.nowMs())) return false;
      execution.redriveCount += 1;
      execution.events += 1;
      execution.status = 'RUNNING';
      execution.seen.push({ fromMs: scheduler.nowMs(), status: 'RUNNING' });
      trace.note(execution.name, `is redriven in ${execution.position.state}`);
      live(world, execution);
      return true;
    },
  };
}

export function isRedrivable({ status, endedAtMs, events }: Execution, nowMs: number): boolean {
  return (status === 'FAILED' || status === 'ABORTED') && nowMs - endedAtMs < REDRIVABLE_MS && events < EVENTS_MAX - 1;
}

/** The status that DescribeExecution had at a moment; undefined if it did not know the execution yet. */
export function statusAt({ seen }: Execution, atMs: number): Status | undefined {
  return seen.findLast(({ fromMs }) => fromMs <= atMs)?.status;
}

/** Runs one life of an execution: from a start or a redrive to its end. */
function live(world: Surroundings, execution: Execution): void {
  const life = { over: false };
  execution.life = life;
  execution.eventsAtLife = execution.events;
  runChain(world.chain, execution.position, runOf(world, execution, life)).then(
    () => life.over || end(world, execution, 'SUCCEEDED', {}),
    (error) => {
      if (life.over) return;
      if (!(error instanceof StateError)) throw error;
      end(world, execution, 'FAILED', { error: error.name, cause: error.message });
    },
  );
}

function runOf(world: Surroundings, execution: Execution, life: { over: boolean }): Run {
  const { scheduler, chance, trace } = world;
  /** A promise that never settles after this life has ended. */
  const inLife = <T>(begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) =>
    new Promise<T>((resolve, reject) =>
      begin(
        (value) => life.over || resolve(value),
        (error) => life.over || reject(error),
      ),
    );
  return {
    chance,
    nowMs: scheduler.nowMs,
    context: { Execution: { Id: execution.arn, RedriveCount: execution.redriveCount } },
    count: (events) => {
      execution.events += events;
      if (execution.events < EVENTS_MAX || life.over) return;
      world.onHistoryFull(execution);
      throw new StateError('States.Runtime', 'The history is full.');
    },
    wait: (seconds) => inLife((resolve) => scheduler.after(seconds * 1000, () => resolve(undefined))),
    invoke: (functionName, payload, timeoutSeconds) =>
      inLife((resolve, reject) => {
        const cancel = scheduler.after(timeoutSeconds * 1000, () => reject(new StateError('States.Timeout', '')));
        world.invoke(functionName, payload).finally(cancel).then(resolve, reject);
      }),
    entered: (state, input) => {
      if (life.over) return;
      trace.note(execution.name, `enters ${state}`);
      world.onEntered(execution, state, input);
    },
  };
}

function end(
  { scheduler, trace, onEnd }: Surroundings,
  execution: Execution,
  status: Status,
  { error, cause }: { error?: string; cause?: string },
): void {
  execution.life.over = true;
  Object.assign(execution, { status, error, cause, endedAtMs: scheduler.nowMs() });
  execution.seen.push({ fromMs: scheduler.nowMs(), status });
  execution.events += 1;
  trace.note(execution.name, `ends ${status}${error ? `: ${error}: ${cause}` : ''}`);
  onEnd(execution);
}
