import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programPath } from '../../programs/programs.ts';
import type { Credentials } from '../../signed/signature.ts';
import type { LocalFunction } from '../template/assembly.ts';
import { inspectFlags } from './inspect.ts';
import { watchMemory } from './memory.ts';
import { exited, type InvokeOutcome, timedOut } from './outcome.ts';
import { type Invocation, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { environmentVariables } from './variables.ts';

/** A line that a function wrote. The request id is empty while the function initialises. */
export type LogLine = { readonly functionName: string; readonly requestId: string; readonly line: string };
export type LogSink = (line: LogLine) => void;

/** One execution environment: a child process that runs one function, one invocation at a time. */
export type Environment = {
  readonly fn: LocalFunction;
  readonly pid: number;
  /** Whether it has no invocation, and can take one now or when it has initialised. */
  isFree(): boolean;
  current(): { readonly requestId: string; readonly startedAtMs: number } | undefined;
  /** Resolves also if the process ends. Undefined if it ended before it took the invocation. */
  invoke(invocation: Invocation, onBegin?: () => void): Promise<InvokeOutcome | undefined>;
  end(): void;
  readonly ended: Promise<void>;
};

// AWS allows 10 s. Forty cold starts at once on two cores need more.
const INIT_SECONDS_MAX = 30;
const INSPECTED_SECONDS_MAX = 24 * 3600; // nobody debugs one call for longer than a day

type Work = {
  readonly invocation: Invocation;
  readonly onBegin: (() => void) | undefined;
  readonly settle: (outcome: InvokeOutcome | undefined) => void;
  startedAtMs: number;
  handed: boolean;
  timer?: NodeJS.Timeout;
};

type EnvironmentOptions = {
  readonly variables: { readonly [name: string]: string };
  readonly credentials: Credentials;
  readonly log: LogSink;
};

export async function startEnvironment(fn: LocalFunction, options: EnvironmentOptions): Promise<Environment> {
  let lastRequestId = '';
  const desk = openDesk((work) => {
    lastRequestId = work.invocation.requestId;
    hand(api, work, fn, kill);
  });
  const api = await startRuntimeApi(fn, {
    onNext: () => {
      clearTimeout(initTimer);
      desk.ask();
    },
    onOutcome: desk.answer,
    onInitError: desk.fail,
  });
  const child = spawnChild(fn, environmentVariables(fn, { ...options, runtimeApi: api.address }));
  const kill = () => void child.kill('SIGKILL');
  const initTimer = setTimeout(kill, INIT_SECONDS_MAX * 1000).unref();
  const stopWatching = watchMemory(child.pid ?? 0, fn.memoryMiB, kill);
  forwardLines(child, (line) => options.log({ functionName: fn.name, requestId: lastRequestId, line }));
  const ended = exitOf(child).then((exit) => {
    clearTimeout(initTimer);
    stopWatching();
    api.close();
    desk.end(exit);
  });
  return {
    fn,
    ended,
    isFree: desk.isFree,
    current: desk.current,
    end: kill,
    pid: child.pid ?? 0,
    invoke: (invocation, onBegin) =>
      new Promise((settle) => desk.take({ invocation, onBegin, settle, startedAtMs: Date.now(), handed: false })),
  };
}

/** The work of one environment, and how far its runtime is. Hands the work over as soon as the runtime asks for it. */
function openDesk(handOver: (work: Work) => void) {
  let work: Work | undefined;
  let phase: 'initialising' | 'working' | 'asking' | 'over' = 'initialising';
  const settle = (outcome: InvokeOutcome | undefined) => {
    clearTimeout(work?.timer);
    work?.settle(outcome);
    work = undefined;
  };
  const handIfPossible = () => {
    if (!work || phase !== 'asking') return;
    phase = 'working';
    handOver(work);
  };
  return {
    isFree: () => work === undefined && phase !== 'over',
    current: () => work && { requestId: work.invocation.requestId, startedAtMs: work.startedAtMs },
    take: (next: Work) => {
      work = next;
      if (phase === 'over') settle(undefined);
      handIfPossible();
    },
    ask: () => {
      phase = 'asking';
      handIfPossible();
    },
    answer: (requestId: string, outcome: InvokeOutcome) => {
      if (work?.invocation.requestId === requestId) settle(outcome);
    },
    fail: (outcome: InvokeOutcome) => {
      if (phase === 'initialising') settle(outcome);
      phase = 'over';
    },
    end: ({ exitCode, signal }: Exit) => {
      // The process may end after an answer and before it asks again, for example by an unhandled rejection. Then the
      // next invocation, which it had not taken yet, never began.
      const neverBegan = work && !work.handed && phase !== 'initialising';
      phase = 'over';
      settle(neverBegan ? undefined : exited(work?.invocation.requestId ?? '', exitCode, signal));
    },
  };
}

type Exit = { readonly exitCode: number | null; readonly signal: string | null };

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    // Node could not start the process.
    child.once('error', () => resolve({ exitCode: child.exitCode ?? 1, signal: child.signalCode }));
  });
}

/** The clock of the time-out starts when the runtime takes the invocation, so it does not count the initialisation. */
function hand(api: RuntimeApi, work: Work, fn: LocalFunction, kill: () => void): void {
  work.handed = true;
  work.startedAtMs = Date.now();
  // A person with a debugger needs longer.
  const seconds = inspectFlags(fn).length > 0 ? INSPECTED_SECONDS_MAX : fn.timeoutSeconds;
  work.timer = setTimeout(() => {
    work.settle(timedOut(work.invocation.requestId, seconds));
    kill();
  }, seconds * 1000);
  work.onBegin?.();
  api.hand(work.invocation, work.startedAtMs + seconds * 1000);
}

function spawnChild(fn: LocalFunction, env: { readonly [variable: string]: string }): ChildProcess {
  return spawn(process.execPath, [...inspectFlags(fn), ...v8Flags(fn.memoryMiB), programPath('bootstrap')], {
    cwd: fn.codeDirectory,
    env,
    // stdin stays open as long as this process lives. When it closes, the child ends.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/**
 * As Lambda's own Node.js runtime: a tenth of the memory is for young objects, in two halves, and the rest for old ones.
 * So V8 collects garbage before the limit. Source: /var/runtime/bootstrap of the runtime.
 */
function v8Flags(memoryMiB: number): string[] {
  const youngMiB = Math.floor(memoryMiB / 10);
  return [`--max-semi-space-size=${Math.floor(youngMiB / 2)}`, `--max-old-space-size=${memoryMiB - youngMiB}`];
}

function forwardLines(child: ChildProcess, write: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', write);
  }
  // If we have just killed the child, a write to its stdin fails, and that is no error.
  child.stdin?.on('error', () => {});
  child.on('error', (error) => write(String(error)));
}
