import { AsyncLocalStorage } from 'node:async_hooks';
import type { Chance } from './chance.ts';
import type { Weather } from './fault-model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** A run of our code: one Lambda call or one client. After its death it has no more effects. */
export type Process = {
  readonly name: string;
  readonly startedMs: number;
  readonly endsAtMs: number;
  isAlive(): boolean;
  /** Whether it died before it answered. */
  wasKilled(): boolean;
  /** Whether it answered with success. An answer that asks for another try later does not count. */
  hasAnswered(): boolean;
  /** Asked at each moment of each call to the world. If the process dies there, it is dead when this returns true. */
  diesHere(call: number, moment: Moment): boolean;
  kill(error: string): void;
  /** The number of the next call to the world. */
  countCall(): number;
};
export type Moment = 'before the call' | 'while it travels' | 'after it was applied';

/** The failure of a Lambda call as Step Functions sees it. */
export type LambdaFailure = { readonly name: string; readonly message: string };

export type Processes = {
  /** Runs `work` as a process. Rejects with a LambdaFailure if the process dies, or with the error of `work`. */
  spawn<T>(kind: string, limitMs: number, work: (process: Process) => Promise<T>): Promise<T>;
  living(): number;
  /** Removes the handler of unhandled rejections. */
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
  // Node ends a Lambda after an unhandled rejection, so the process dies here too. It is also a fault in our code.
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

/** `onEnd` is called at every end, with the failure if the process died. */
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
