import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCheckpoints } from '../../functions/adapters/memory/checkpoints.ts';
import { type MemoryStore, memoryStore } from '../../functions/adapters/memory/store.ts';
import { memorySweeps } from '../../functions/adapters/memory/sweeps.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { settleTransfer } from '../../functions/engine/ending/settle-transfer.ts';
import type {
  Announcement,
  Checkpoints,
  Clock,
  ExecutionStatus,
  Ports,
  SourceStore,
  TargetStore,
} from '../../functions/engine/ports/ports.ts';
import { steps } from '../../functions/engine/steps.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { type Endpoint, refuseAcl, refuseOutside, unknownEndpoint } from '../../functions/transfer/endpoint.ts';
import type { Attempt, HistoryCount } from '../../functions/transfer/messages.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import type { SignedSums, SignedWrite } from '../../functions/transfer/push.ts';
import { targetAsSource } from '../../functions/transfer/read-back.ts';
import type { ObjectAddress } from '../../functions/transfer/transfer.ts';
import { cannedAcls } from '../../functions/transfer/values/canned-acls.ts';
import type { Use } from '../../functions/transfer/values/places.ts';
import { openExecutions } from '../../tools/local/machine/executions.ts';
import type { HistoryEvent } from '../../tools/local/machine/history.ts';
import type { InvokeOutcome } from '../../tools/local/machine/run.ts';
import { logged } from '../leaks.ts';
import { synthesizedMachine } from '../synthesized.ts';
import { executionsOver } from './executions.ts';
import { holdToHistory } from './histories.ts';

/** AWS, but with parts of one byte, so that ten thousand parts have only ten megabytes. */
export const asAws: ProviderProfile = { ...profiles.aws, part: { ...profiles.aws.part, partBytesMin: 1 } };

/** The same for a store that publishes only ETags, as the store in memory does. */
export const tiny: ProviderProfile = { ...asAws, partChecksum: 'none', ownChecksum: 'none' };

export type World = {
  readonly ports: Ports;
  readonly from: MemoryStore;
  readonly to: MemoryStore;
  /** A test replaces one of these to make a store, Lambda or Step Functions misbehave. */
  readonly faults: {
    source(store: SourceStore): SourceStore;
    target(store: TargetStore): TargetStore;
    lambda(name: string, payload: unknown): void;
    /** What DescribeExecution answers. On AWS its answer can be late. */
    describe(now: ExecutionStatus | undefined): ExecutionStatus | undefined;
    /** The count of events that a state hands on. A test may pretend that it is high or only assumed. */
    history(handedOn: HistoryCount, arn: string): HistoryCount;
  };
  readonly announced: Announcement[];
  readonly machine: ReturnType<typeof openExecutions>;
  readonly invocations: string[];
  /** Calls one function as the state machine does. */
  invoke(step: string, payload: unknown): Promise<InvokeOutcome>;
  /** Runs an execution to its end, and returns what Step Functions would say about it. */
  run(input: unknown, name?: string): Promise<Outcome>;
  settled(name: string): Promise<Outcome>;
  /** Moves the clock forward, to let patience pass. */
  advance(ms: number): void;
  history(name: string): HistoryEvent[];
  stateNames(name: string): string[];
};

export type Outcome = {
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
};

type Step = (ports: Ports) => (input: never) => Promise<unknown>;

type WorldOptions = {
  readonly waitFactor?: number;
  readonly checkpoints?: Checkpoints;
  /** Default: real time, in which short sleeps are a hundred times shorter. */
  readonly clock?: Clock;
};

/** The synthesized state machine over the real engine, with stores and checkpoints in memory. */
export function world(
  profile = tiny,
  bucket = 'data',
  { waitFactor = 0, checkpoints = memoryCheckpoints(), clock }: WorldOptions = {},
): World {
  const [from, to] = [memoryStore(profile, [bucket]), memoryStore(profile, [bucket])];
  const storeOf = (name: string) => (name === 'a' ? from : to);
  const faults = noFaults();
  const announced: Announcement[] = [];
  const invocations: string[] = [];
  let offsetMs = 0;
  const nowMs = () => (clock ? clock.nowMs() : Date.now()) + offsetMs;
  const ports: Ports = {
    ...storePorts(storeOf, faults),
    // Readings of the target also go through `source`, so that a test watches and breaks all readings in one place.
    written: ({ request }, present) =>
      ports.source({ request: { ...request, source: targetAsSource({ request }, present), verifySource: true } }),
    ...endpointPorts(bucket),
    checkpoints,
    sweeps: memorySweeps(),
    executions: executionsOver(
      () => machine,
      (now) => faults.describe(now),
    ),
    profile: async () => profile,
    announce: announceIn(announced),
    clock: clock ?? hastyClock(nowMs),
    deadlineMs: () => nowMs() + 900_000,
    log: logged,
  };
  const invoke: World['invoke'] = (step, payload) => {
    invocations.push(step);
    return outcomeOf(step, payload, ports, faults);
  };
  const machine = openMachine(ports, waitFactor, invoke);
  return {
    ports,
    from,
    to,
    faults,
    announced,
    machine,
    invocations,
    invoke,
    ...runsOf(machine),
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}

type Machine = World['machine'];

/** The state machine as CDK synthesizes it. Its end settles the transfer at once. */
function openMachine(ports: Ports, waitFactor: number, invoke: World['invoke']): Machine {
  const machine = openExecutions({
    directory: mkdtempSync(join(tmpdir(), 'partway-workflow-')),
    machine: synthesizedMachine(),
    waitFactor,
    retryFactor: 0,
    onStatusChange: async (event) => {
      await settleTransfer(ports)({ detail: event.detail as never });
    },
    invoke: (functionName, payload) => {
      const step = /Functions(initiate|plan|copywhole|copybatch|readback|complete|abort)/.exec(functionName)?.[1] ?? '';
      holdToHistory(machine, step, payload);
      return invoke(step, payload);
    },
  });
  return machine;
}

function runsOf(machine: Machine): Pick<World, 'settled' | 'run' | 'history' | 'stateNames'> {
  const settled = async (name: string): Promise<Outcome> => {
    const { executionArn, status, error, cause } = await machine.settled(name);
    return { name, arn: executionArn, status, error, cause };
  };
  return {
    settled,
    run: (input, name = `run-${Math.random().toString(36).slice(2)}`) => {
      machine.start({ name, input });
      return settled(name);
    },
    history: (name) => wholeHistory(machine, name),
    stateNames: (name) => wholeHistory(machine, name).flatMap((event) => stateEntered(event)),
  };
}

function noFaults(): World['faults'] {
  return {
    source: (store) => store,
    target: (store) => store,
    lambda: () => {},
    describe: (now) => now,
    history: (handedOn) => handedOn,
  };
}

type StorePorts = Pick<Ports, 'source' | 'target' | 'store' | 'signer' | 'asPage'>;

function storePorts(storeOf: (endpoint: string) => MemoryStore, faults: World['faults']): StorePorts {
  return {
    source: async ({ request: { source } }) => {
      if (!('endpoint' in source)) throw new Error('URLs are tested with their adapter');
      return faults.source(storeOf(source.endpoint).source(source));
    },
    target: async ({ request }) => faults.target(storeOf(request.target.endpoint)),
    store: async (endpoint) => faults.target(storeOf(endpoint)),
    signer: async () => ({
      part: async ({ partNumber }, sums) => signedAt(`memory:part-${partNumber}`, sums),
      object: async ({ target }, _, sums) => signedAt(`memory:${target.key}`, sums),
    }),
    asPage: async () => Promise.reject(new Error('No page asks here')),
  };
}

/** The endpoints `a` and `b`. Transfers may use this bucket of both, and no other. */
function endpointPorts(bucket: string): Pick<Ports, 'admit' | 'endpoint' | 'endpoints'> {
  const described = { provider: 'aws', url: undefined, region: 'x', secretArn: undefined, cannedAcls } as const;
  const endpoints = new Map(
    ['a', 'b'].map((name): [string, Endpoint] => [name, { ...described, name, allow: [bucket] }]),
  );
  const at = (address: ObjectAddress, use: Use) => {
    const found = endpoints.get(address.endpoint);
    if (!found) throw unknownEndpoint(address.endpoint);
    refuseOutside(found, address, use);
    return found;
  };
  return {
    admit: async ({ source, target, acl }) => {
      if ('endpoint' in source) at(source, 'read');
      refuseAcl(at(target, 'write'), acl);
    },
    endpoint: async (name) => endpoints.get(name),
    endpoints: async () => [...endpoints.values()],
  };
}

function announceIn(announced: Announcement[]): Ports['announce'] {
  return async (announcement) => {
    announced.push(announcement);
    logged(announcement.type, announcement.detail);
  };
}

/** A short sleep waits for a store, and a store in memory needs a hundredth of it. A long sleep is a deadline. */
function hastyClock(nowMs: () => number): Ports['clock'] {
  return {
    ...systemClock,
    nowMs,
    sleep: (ms, signal) => systemClock.sleep(ms <= 2000 ? ms / 100 : ms, signal),
  };
}

/** Runs a step as Lambda does: what goes in and out is JSON, and an error is an outcome. */
async function outcomeOf(
  step: string,
  payload: unknown,
  ports: Ports,
  faults: World['faults'],
): Promise<InvokeOutcome> {
  try {
    faults.lambda(step, payload);
    const given = await (steps as Readonly<Record<string, Step>>)[step]!(ports)(payload as never);
    const answer = JSON.parse(JSON.stringify(given));
    if (answer.history) answer.history = faults.history(answer.history, (payload as Attempt).execution.arn);
    return { payload: answer };
  } catch (error) {
    const { name, message } = error as Error;
    return { functionError: { errorType: name, errorMessage: message, trace: [] } };
  }
}

/** A signed write that nobody uses, because tests write to the store in memory directly. */
function signedAt(url: string, { md5 }: SignedSums = {}): SignedWrite {
  const headers: Record<string, string> = md5 === undefined ? {} : { 'content-md5': md5 };
  return { url, headers, expiresAt: new Date(0).toISOString() };
}

function wholeHistory(machine: Machine, name: string): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = machine.history(name, { max: 1000, ...(nextToken ? { nextToken } : {}) });
    events.push(...page.items);
    nextToken = page.nextToken;
    if (!nextToken) return events;
  }
}

function stateEntered(event: HistoryEvent): string[] {
  const details = event.stateEnteredEventDetails as { name: string } | undefined;
  return details ? [details.name] : [];
}
