import { AsyncLocalStorage } from 'node:async_hooks';
import type { Chance } from './chance.ts';
import type { Weather } from './fault-model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** Something that runs our code: one Lambda call. Once it is dead, nothing of it happens any more. */
export type Process = {
  readonly name: string;
  readonly startedMs: number;
  readonly endsAtMs: number;
  isAlive(): boolean;
  /** Whether it ended by its death, not by an answer. */
  wasKilled(): boolean;
  /** Whether it answered, and did not ask to come again later because it had failed. */
  hasAnswered(): boolean;
  /** Asked at each moment of each call to the world; a process that dies there is dead when it answers true. */
  diesHere(call: number, moment: Moment): boolean;
  kill(error: string): void;
  /** Gives a call to the world its number. */
  countCall(): number;
};
export type Moment = 'before the call' | 'while it travels' | 'after it was applied';

/** How a Lambda call ended badly, as Step Functions is told. */
export type LambdaFailure = { readonly name: string; readonly message: string };

export type Processes = {
  /** Runs `work` as a process. Rejects with a LambdaFailure when it dies, else with what `work` threw. */
  spawn<T>(kind: string, limitMs: number, work: (process: Process) => Promise<T>): Promise<T>;
  living(): number;
  /** Forgets the handler of rejections that nobody waits for. */
  close(): void;
};

type Surroundings = {
  scheduler: Scheduler;
  chance: Chance;
  weather: Weather;
  trace: Trace;
  violated(text: string): void;
};

const moments: readonly Moment[] = ['before the call', 'while it travels', 'after it was applied'];

export function openProcesses(world: Surroundings): Processes {
  const current = new AsyncLocalStorage<Process>();
  const counts = new Map<string, number>();
  let living = 0;
  // Node ends a Lambda for a rejection that nobody waits for, so here too it is a crash; and a fault of ours.
  const onUnhandled = (error: unknown) => {
    const culprit = current.getStore();
    world.violated(`${culprit?.name ?? 'Somebody'} left a rejection that nobody waits for: ${String(error)}`);
    culprit?.kill('Runtime.UnhandledPromiseRejection');
  };
  process.on('unhandledRejection', onUnhandled);
  return {
    living: () => living,
    close: () => process.off('unhandledRejection', onUnhandled),
    spawn: (kind, limitMs, work) =>
      new Promise((resolve, reject) => {
        const count = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, count);
        living += 1;
        const { self, end } = openProcess(world, `${kind}#${count}`, limitMs, (failure) => {
          living -= 1;
          if (failure) reject(failure);
        });
        current.run(self, () => {
          work(self).then(
            (value) => end(asksToWait(value) ? 'failed' : 'answered') && resolve(value),
            (error) => end('failed') && reject(error),
          );
        });
      }),
  };
}

function asksToWait(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'next' in value && value.next === 'wait';
}

type Ending = 'killed' | 'answered' | 'failed';

/** `onEnd` hears of every end, and of the failure when it is a death. */
function openProcess(
  { scheduler, chance, weather, trace }: Surroundings,
  name: string,
  limitMs: number,
  onEnd: (failure?: LambdaFailure) => void,
): { self: Process; end(how: Ending): boolean } {
  let ending: Ending | undefined;
  let calls = 0;
  const isClient = name.startsWith('client');
  const dies = weather.lambda(isClient ? 'clientDies' : 'dies')
    ? { atCall: chance.magnitude(1, 60), moment: chance.pick(moments) }
    : undefined;
  const end = (how: Ending, failure?: LambdaFailure): boolean => {
    if (ending) return false;
    ending = how;
    cancelLimit();
    onEnd(failure);
    return true;
  };
  const self: Process = {
    name,
    startedMs: scheduler.nowMs(),
    endsAtMs: scheduler.nowMs() + limitMs,
    isAlive: () => ending === undefined,
    wasKilled: () => ending === 'killed',
    hasAnswered: () => ending === 'answered',
    countCall: () => {
      calls += 1;
      return calls;
    },
    diesHere: (call, moment) => {
      if (ending || call !== dies?.atCall || moment !== dies.moment) return false;
      self.kill(chance.pick(['Runtime.ExitError', 'Runtime.OutOfMemory', 'Lambda.Unknown']));
      return true;
    },
    kill: (error) => {
      if (end('killed', { name: error, message: `${name} died.` })) trace.note(name, `dies: ${error}`);
    },
  };
  const cancelLimit = scheduler.after(limitMs, () => self.kill('Sandbox.Timedout'));
  return { self, end };
}
