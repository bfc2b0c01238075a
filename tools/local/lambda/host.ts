import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Callers, newCallers } from '../../signed/callers.ts';
import type { Invoke } from '../machine/run.ts';
import type { LocalFunction } from '../template/assembly.ts';
import { type Environment, type LogSink, startEnvironment } from './environment.ts';
import { inOrder, type Job } from './line.ts';
import { type InvokeOutcome, InvokeRefused } from './outcome.ts';
import { openPace, type Pace } from './pace.ts';
import { type Place, type Places, seat } from './places.ts';
import { findFunction, requestText } from './request.ts';

export type LambdaHostOptions = {
  readonly functions: readonly LocalFunction[];
  /**
   * These replace variables of the template: `AWS_ENDPOINT_URL_<SERVICE>`, with 127.0.0.1 and not localhost, and settings
   * of this computer.
   */
  readonly variables: { readonly [name: string]: string };
  /** The credentials that each function gets. Default: random ones that no service accepts. */
  readonly callers?: Callers;
  /** If there are more invocations, they wait in line. Default: twice the number of cores, and at least 4. */
  readonly environmentsAtOnce?: number | undefined;
  readonly idleMsMax?: number | undefined;
  readonly log: LogSink;
};

export type BusyEnvironment = {
  readonly functionName: string;
  readonly pid: number;
  readonly requestId: string;
  readonly startedAtMs: number;
};

/**
 * Runs functions as Lambda does, with one process for each environment. It keeps idle environments warm, and kills one
 * that uses too much time or memory.
 */
export type LambdaHost = {
  /**
   * Throws InvokeRefused if there is no such function, if the payload is larger than 6 MB, or if the caller withdrew the
   * call before it began.
   */
  readonly invoke: Invoke;
  /** Starts an environment of this function, so that the next call finds it warm. An environment that is not used ends. */
  warm(functionArnOrName: string): void;
  busy(): BusyEnvironment[];
  /** Kills an environment with SIGKILL, for demos and chaos tests. Other processes are not touched. */
  kill(pid: number): void;
  /** Kills all environments. Calls that run or wait reject with HostClosed, so close the executions first. */
  close(): Promise<void>;
};

type Waiting = Job & {
  readonly resolve: (outcome: InvokeOutcome) => void;
  readonly reject: (error: Error) => void;
  /** Removes the job from the line. A job that has begun continues. */
  readonly withdraw: () => void;
};

type Host = {
  readonly options: LambdaHostOptions;
  readonly callers: Callers;
  readonly pace: Pace;
  readonly places: Places;
  readonly queue: Set<Waiting>;
  readonly running: Set<Waiting>;
  givenUp: number;
  soon?: NodeJS.Immediate | undefined;
  lookAgain?: NodeJS.Timeout | undefined;
  isClosed: boolean;
};

// AWS keeps idle environments for minutes. One minute is enough between the rounds of a transfer, and then frees memory.
const IDLE_MS_MAX = 60_000;
// While invocations run, they may become long enough that another environment is worth its start. We check this often.
const LOOK_AGAIN_MS = 200;

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const cores = availableParallelism();
  const atOnceMax = options.environmentsAtOnce ?? Math.max(4, 2 * cores);
  const pace = openPace();
  const isLong = (fn: LocalFunction) => pace.isLong(fn, longestMs(host, fn));
  const places = { all: new Set<Place>(), atOnceMax, cores, isLong };
  const host: Host = {
    options,
    callers: options.callers ?? newCallers(),
    pace,
    places,
    queue: new Set(),
    running: new Set(),
    givenUp: 0,
    isClosed: false,
  };
  return {
    invoke: async (functionArnOrName, payload, turn = { by: 'states' }) => {
      const fn = findFunction(options.functions, functionArnOrName);
      const text = requestText(payload);
      if (host.isClosed) throw hostClosed();
      if (isThrottled(host, fn)) return { throttled: 'Rate Exceeded. (Service: Lambda, Status Code: 429)' };
      return new Promise((resolve, reject) => {
        const withdraw = () => {
          if (host.queue.delete(job))
            reject(new InvokeRefused('Withdrawn', 'nobody waits for this invocation any more'));
        };
        const facts = { fn, turn, requestId: randomUUID(), payload: text, queuedAtMs: Date.now() };
        const job = { ...facts, resolve, reject, withdraw };
        stand(host, job);
      });
    },
    warm: (functionArnOrName) => void warm(host, findFunction(options.functions, functionArnOrName)),
    busy: () => [...host.places.all].flatMap(busyEnvironment),
    kill: (pid) => {
      for (const { environment } of host.places.all) if (environment?.pid === pid) environment.end();
    },
    close: () => close(host),
  };
}

function isThrottled({ queue, running }: Host, fn: LocalFunction): boolean {
  if (fn.reservedConcurrency === undefined) return false;
  return [...queue, ...running].filter((job) => job.fn === fn).length >= fn.reservedConcurrency;
}

async function close(host: Host): Promise<void> {
  host.isClosed = true;
  clearTimeout(host.lookAgain);
  for (const job of [...host.queue, ...host.running]) job.reject(hostClosed());
  host.queue.clear();
  const places = [...host.places.all];
  for (const place of places) endPlace(host, place);
  await Promise.all(places.map(async ({ starting }) => (await starting)?.ended));
}

function stand(host: Host, job: Waiting): void {
  const { signal, onWait } = job.turn;
  host.queue.add(job);
  onWait?.();
  signal?.addEventListener('abort', job.withdraw, { once: true });
  pumpSoon(host);
}

/** Gives places once for all jobs that come at the same moment, because a Map brings forty. */
function pumpSoon(host: Host): void {
  host.soon ??= setImmediate(() => {
    host.soon = undefined;
    pump(host);
  });
}

function pump(host: Host): void {
  if (host.isClosed) return;
  const { ended, taken } = seat(host.places, inOrder([...host.queue], host.running), Date.now());
  for (const place of ended) endPlace(host, place);
  for (const [job, place] of taken) void work(host, place, job);
  clearTimeout(host.lookAgain);
  if (host.queue.size > 0) host.lookAgain = setTimeout(() => pump(host), LOOK_AGAIN_MS).unref();
}

/** How long the oldest running invocation of a function has been running. */
function longestMs({ running }: Host, fn: LocalFunction): number {
  const begun = [...running].flatMap((job) => (job.fn === fn && job.begunAtMs !== undefined ? [job.begunAtMs] : []));
  return Date.now() - Math.min(Date.now(), ...begun);
}

async function work(host: Host, place: Place, job: Waiting): Promise<void> {
  clearTimeout(place.idleTimer);
  host.queue.delete(job);
  host.running.add(job);
  job.turn.signal?.removeEventListener('abort', job.withdraw);
  try {
    job.resolve(await runJob(host, place, job));
  } catch (error) {
    job.reject(error instanceof Error ? error : new Error(String(error)));
  }
  host.running.delete(job);
  if (job.begunAtMs !== undefined) host.pace.ended(job.fn, Date.now() - job.begunAtMs);
  giveUp(host, place);
  pumpSoon(host);
}

function giveUp(host: Host, place: Place): void {
  host.givenUp += 1;
  Object.assign(place, { isTaken: false, givenUp: host.givenUp });
  const end = () => endPlace(host, place);
  if (host.isClosed || !place.environment?.isFree()) end();
  else place.idleTimer = setTimeout(end, host.options.idleMsMax ?? IDLE_MS_MAX).unref();
}

async function runJob(host: Host, place: Place, job: Job): Promise<InvokeOutcome> {
  const { turn } = job;
  for (;;) {
    const isWarm = place.environment?.isFree() === true;
    const seatedAtMs = Date.now();
    const begin = () => {
      job.begunAtMs = Date.now();
      if (!isWarm) host.pace.started(job.begunAtMs - seatedAtMs);
      turn.onBegin?.();
    };
    const environment = place.environment && isWarm ? place.environment : await open(host, place);
    const outcome = await environment.invoke(job, begin);
    // Undefined: the environment ended before it took the job. A new environment will take it, or fail by itself.
    if (outcome) return outcome;
    if (host.isClosed) throw hostClosed();
    place.environment = undefined;
  }
}

async function open(host: Host, place: Place): Promise<Environment> {
  const { fn } = place;
  const { variables, log } = host.options;
  place.starting = startEnvironment(fn, { variables, log, credentials: host.callers.credentialsOf(fn.name) });
  place.environment = await place.starting;
  if (host.isClosed) place.environment.end();
  void place.environment.ended.then(() => vacate(host, place));
  return place.environment;
}

async function warm(host: Host, fn: LocalFunction): Promise<void> {
  const place: Place = { fn, isTaken: true, givenUp: 0 };
  host.places.all.add(place);
  try {
    await open(host, place);
  } catch {
    // Nobody has called it yet. The first call tries again, and gets the failure.
    return void host.places.all.delete(place);
  }
  giveUp(host, place);
  pumpSoon(host);
}

/** An environment may end while it is idle. Then we free its place, so that no job waits for it. */
function vacate(host: Host, place: Place): void {
  if (place.isTaken || place.environment?.isFree()) return;
  endPlace(host, place);
  pumpSoon(host);
}

function endPlace(host: Host, place: Place): void {
  clearTimeout(place.idleTimer);
  host.places.all.delete(place);
  place.environment?.end();
}

function busyEnvironment({ environment }: Place): BusyEnvironment[] {
  const current = environment?.current();
  return environment && current ? [{ functionName: environment.fn.name, pid: environment.pid, ...current }] : [];
}

const hostClosed = (): InvokeRefused => new InvokeRefused('HostClosed', 'the Lambda host has been closed');
