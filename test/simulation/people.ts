import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { settleTransfer } from '../../functions/engine/ending/settle-transfer.ts';
import type { Ports } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequest } from '../../functions/transfer/request.ts';
import { faultModel } from './fault-model.ts';
import type { Json } from './machine/definition.ts';
import type { Execution, Machine } from './machine/executions.ts';
import { portsOf } from './ports.ts';
import type { Process } from './process.ts';
import { push } from './pushing-client.ts';
import { ARRIVALS, isPushed, type Wish } from './scenario.ts';
import type { World } from './world.ts';

const API_MS = 29_000;
const SETTLE_MS = 60_000;
// Longer than any run, so that no client reaches its time limit.
const CLIENT_MS = 30 * 24 * 3_600_000;
// As many tries as infra/settle.ts allows in an hour. After that the event is in the dead-letter queue.
const SETTLE_TRIES_MAX = 10;
const SETTLE_EVERY_MS = 60_000;

/** Everything that acts from outside: people, the console, S3's events, and the event that an execution has ended. */
export type People = {
  ask(wish: Wish): void;
  resume(transferId: string): void;
  cancel(transferId: string): void;
  pause(transferId: string): void;
  /** Somebody stops all running executions in the console. */
  stop(): void;
  redrive(): void;
  hearOfEnd(execution: Execution): void;
  /** Calls and deliveries that are still to come. */
  pending(): number;
};

export function openPeople(world: World, machine: () => Machine): People {
  const { scheduler, weather, chance, trace } = world;
  let pending = 0;
  const later = (delayMs: number, action: () => void) => {
    pending += 1;
    scheduler.after(delayMs, () => {
      pending -= 1;
      action();
    });
  };
  const call: Call = (what, work) => callApi(world, what, (process) => work(portsOf(world, machine(), process)));
  const settle = (detail: Detail, tries: number): void => {
    world.processes
      .spawn('settle', SETTLE_MS, (process) => settleTransfer(portsOf(world, machine(), process))({ detail }))
      .catch((error: Error) => {
        trace.note('settle', `fails: ${error.name}: ${error.message}`);
        if (tries < SETTLE_TRIES_MAX) later(SETTLE_EVERY_MS * (tries + 1), () => settle(detail, tries + 1));
        else world.model.unsettled.add(detail.executionArn);
      });
  };
  return {
    pending: () => pending,
    ask: (wish) => {
      trace.note('a person', `wants ${wish.sourceKey} copied (${wish.way})`);
      if (isPushed(wish)) return startClient(world, machine, wish);
      if (wish.way === 'api') return askApi(call, wish);
      const input = wish.way === 'arrival' ? arrivalOf(wish) : (wish.request as Json);
      machine().start(`by-event-${machine().executions.size + 1}`, input);
    },
    resume: (id) => call(`resume ${id}`, (ports) => resumeTransfer(ports)(id)),
    cancel: (id) => call(`cancel ${id}`, (ports) => requestAbort(ports)(id)),
    pause: (id) => call(`pause ${id}`, (ports) => pauseTransfer(ports)(id)),
    stop: () => {
      for (const { arn, status } of machine().executions.values())
        if (status === 'RUNNING') machine().stop(arn, 'Somebody stopped it in the console.');
    },
    redrive: () => {
      const ended = [...machine().executions.values()].filter(({ status }) => status !== 'RUNNING');
      if (ended.length > 0) machine().redrive(chance.pick(ended).arn);
    },
    hearOfEnd: (execution) => {
      const detail = detailOf(execution);
      const { lateMsLeast, lateMsMost } = faultModel.events;
      const times = weather.deliveredTwice() ? 2 : 1;
      for (let time = 0; time < times; time += 1)
        later(chance.magnitude(lateMsLeast, lateMsMost), () => settle(detail, 0));
    },
  };
}

type Call = (what: string, work: (ports: Ports) => Promise<unknown>) => void;

/** Somebody calls the API and reads the answer. Only named errors are allowed to reach people. */
function callApi({ processes, trace, model }: World, what: string, work: (process: Process) => Promise<unknown>): void {
  trace.note('a person', `asks to ${what}`);
  processes.spawn('api', API_MS, work).then(
    () => trace.note('a person', `hears: ${what}: done`),
    (error: unknown) => {
      const { name, message } = error as Error;
      trace.note('a person', `hears: ${what}: ${name}: ${message}`);
      if (error instanceof Error && !(error instanceof TransferError))
        model.violated(12, `The API throws ${name}: ${message} ${error.stack}`);
    },
  );
}

function askApi(call: Call, wish: Wish): void {
  const start = { body: wish.request, idempotencyKey: wish.idempotencyKey };
  call(`copy ${wish.sourceKey}`, async (ports) => {
    const { transfer } = await startTransfer(ports)(start);
    refuseOtherThanAsked(wish, transfer.request);
  });
}

function startClient(world: World, machine: () => Machine, wish: Wish): void {
  world.processes
    .spawn('client', CLIENT_MS, (process) => push(world, machine, process, wish))
    .catch((error: Error) => world.trace.note('a client', `ends: ${error.name}: ${error.message}`));
}

/** The answer to a request must be a transfer of the same object, or a refusal. */
function refuseOtherThanAsked({ sourceKey, request }: Wish, given: TransferRequest): void {
  const isOther =
    !('endpoint' in given.source) || given.source.key !== sourceKey || given.target.key !== request.target.key;
  if (isOther) throw new Error(`${sourceKey} was asked for, and the answer is about another transfer.`);
}

type Detail = Parameters<ReturnType<typeof settleTransfer>>[0]['detail'];

function detailOf({ arn, status, input, error, cause, redriveCount }: Execution): Detail {
  return {
    executionArn: arn,
    status,
    input: JSON.stringify(input),
    error: error ?? null,
    cause: cause ?? null,
    redriveCount,
  };
}

/** The input that the rule in infra/ingest/ingest.ts hands to the state machine. */
function arrivalOf({ sourceKey, request }: Wish): Json {
  const { source, target, ...options } = request;
  return {
    arrived: { bucket: { name: 'data' }, object: { key: sourceKey, etag: 'e', sequencer: '0055AED6DCD90281E5' } },
    into: {
      sourceEndpoint: 'endpoint' in source ? source.endpoint : 'a',
      endpoint: target.endpoint,
      bucket: target.bucket,
      keyPrefix: ARRIVALS,
      options: options as Json,
    },
  };
}
