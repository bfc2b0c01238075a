import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { LocalFunction } from '../assembly.ts';
import { utf8Bytes } from '../json.ts';
import { type Environment, type LogSink, startEnvironment } from './environment.ts';
import { type InvokeOutcome, InvokeRefused, REQUEST_BYTES_MAX } from './outcome.ts';

export type LambdaHostOptions = {
  readonly functions: readonly LocalFunction[];
  /** `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`, with 127.0.0.1 and not localhost. */
  readonly endpoints: { readonly [variable: string]: string };
  /** More invocations than this wait for their turn; by default twice the cores, and at least 4. */
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

/** Runs functions as Lambda does: one process per environment, kept warm, killed when it takes too long or too much. */
export type LambdaHost = {
  readonly environmentsAtOnce: number;
  /** Throws InvokeRefused for a function that is not there and for a payload above 6 MB. */
  invoke(functionArnOrName: string, payload: unknown): Promise<InvokeOutcome>;
  busy(): BusyEnvironment[];
  /** SIGKILL, for demos and chaos tests; only processes of this host. */
  kill(pid: number): void;
  /** Kills all environments. What runs or waits is rejected with HostClosed: close the executions first. */
  close(): Promise<void>;
};

type Job = {
  readonly fn: LocalFunction;
  readonly requestId: string;
  readonly payload: string;
  readonly resolve: (outcome: InvokeOutcome) => void;
  readonly reject: (error: Error) => void;
};

/** A place for one environment. */
type Slot = {
  readonly fn: LocalFunction;
  isTaken: boolean;
  starting?: Promise<Environment> | undefined;
  environment?: Environment | undefined;
  idleTimer?: NodeJS.Timeout;
};

type Host = {
  readonly options: LambdaHostOptions;
  readonly environmentsAtOnce: number;
  readonly slots: Set<Slot>;
  readonly queue: Job[];
  readonly running: Set<Job>;
  isClosed: boolean;
};

// AWS keeps environments for minutes; one is enough for the rounds of a transfer, and frees a laptop's memory.
const IDLE_MS_MAX = 60_000;

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const environmentsAtOnce = options.environmentsAtOnce ?? Math.max(4, 2 * availableParallelism());
  const host: Host = { options, environmentsAtOnce, slots: new Set(), queue: [], running: new Set(), isClosed: false };
  return {
    environmentsAtOnce,
    invoke: async (functionArnOrName, payload) => {
      const fn = findFunction(options.functions, functionArnOrName);
      const text = requestText(payload);
      if (host.isClosed) throw hostClosed();
      const active = [...host.queue, ...host.running].filter((job) => job.fn === fn).length;
      if (active >= (fn.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
        return { throttled: 'Rate Exceeded. (Service: Lambda, Status Code: 429)' };
      }
      return new Promise((resolve, reject) => {
        host.queue.push({ fn, requestId: randomUUID(), payload: text, resolve, reject });
        pump(host);
      });
    },
    busy: () => [...host.slots].flatMap(busyEnvironment),
    kill: (pid) => {
      for (const { environment } of host.slots) if (environment?.pid === pid) environment.end();
    },
    close: () => close(host),
  };
}

async function close(host: Host): Promise<void> {
  host.isClosed = true;
  for (const job of [...host.queue.splice(0), ...host.running]) job.reject(hostClosed());
  const slots = [...host.slots];
  for (const slot of slots) endSlot(host, slot);
  await Promise.all(slots.map(async ({ starting }) => (await starting)?.ended));
}

/** First come, first served among the invocations of one function; one that cannot run yet keeps no other function waiting. */
function pump(host: Host): void {
  for (const job of [...host.queue]) {
    const slot = host.isClosed ? undefined : claimSlot(host, job.fn);
    if (!slot) continue;
    host.queue.splice(host.queue.indexOf(job), 1);
    void work(host, slot, job);
  }
}

function claimSlot(host: Host, fn: LocalFunction): Slot | undefined {
  const idle = [...host.slots].filter((slot) => !slot.isTaken);
  const warm = idle.find((slot) => slot.fn === fn && slot.environment?.isFree());
  if (warm) {
    clearTimeout(warm.idleTimer);
    warm.isTaken = true;
    return warm;
  }
  // A function of which nothing runs may always run once: the API must answer while a Map uses up the limit.
  const isFirst = ![...host.slots].some((slot) => slot.fn === fn && slot.isTaken);
  if (host.slots.size >= host.environmentsAtOnce && !isFirst) {
    if (!idle[0]) return undefined;
    endSlot(host, idle[0]);
  }
  const fresh: Slot = { fn, isTaken: true };
  host.slots.add(fresh);
  return fresh;
}

async function work(host: Host, slot: Slot, job: Job): Promise<void> {
  host.running.add(job);
  try {
    job.resolve(await runJob(host, slot, job));
  } catch (error) {
    job.reject(error instanceof Error ? error : new Error(String(error)));
  }
  host.running.delete(job);
  slot.isTaken = false;
  if (host.isClosed || !slot.environment?.isFree()) endSlot(host, slot);
  else slot.idleTimer = setTimeout(() => endSlot(host, slot), host.options.idleMsMax ?? IDLE_MS_MAX).unref();
  pump(host);
}

async function runJob(host: Host, slot: Slot, job: Job): Promise<InvokeOutcome> {
  for (;;) {
    if (!slot.environment?.isFree()) {
      slot.starting = startEnvironment(job.fn, host.options);
      slot.environment = await slot.starting;
      if (host.isClosed) slot.environment.end();
    }
    const outcome = await slot.environment.invoke(job);
    // Undefined: the environment died before it took the job, and a fresh one will either take it or fail it.
    if (outcome) return outcome;
    if (host.isClosed) throw hostClosed();
    slot.environment = undefined;
  }
}

function endSlot(host: Host, slot: Slot): void {
  clearTimeout(slot.idleTimer);
  host.slots.delete(slot);
  slot.environment?.end();
}

function busyEnvironment({ environment }: Slot): BusyEnvironment[] {
  const current = environment?.current();
  return environment && current ? [{ functionName: environment.fn.name, pid: environment.pid, ...current }] : [];
}

function findFunction(functions: readonly LocalFunction[], arnOrName: string): LocalFunction {
  // A qualifier ($LATEST, an alias) names the same code here.
  const name = /:function:([^:]+)/.exec(arnOrName)?.[1] ?? arnOrName.split(':')[0];
  const found = functions.find((fn) => fn.name === name);
  if (found) return found;
  throw new InvokeRefused('Lambda.ResourceNotFoundException', `Function not found: ${arnOrName}`);
}

function requestText(payload: unknown): string {
  const text = JSON.stringify(payload ?? null);
  if (utf8Bytes(text) <= REQUEST_BYTES_MAX) return text;
  const message = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes for the InvokeFunction operation`;
  throw new InvokeRefused('Lambda.RequestTooLargeException', message);
}

const hostClosed = (): InvokeRefused => new InvokeRefused('HostClosed', 'the Lambda host has been closed');
