import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject, utf8Bytes } from '../../json.ts';
import type { Invoke } from '../machine/run.ts';
import type { BusEvent } from '../machine/status-change.ts';
import type { LocalRule, LocalTarget } from '../template/assembly.ts';
import { place } from '../template/physical.ts';
import { compilePattern, type Matches } from './pattern.ts';
import { targetInput } from './transform.ts';

export type BusOptions = {
  readonly rules: readonly LocalRule[];
  readonly eventBusNames?: readonly string[];
  readonly invoke: Invoke;
  /** A second start under the same name must be harmless, because a repeated delivery uses the same name. */
  readonly startExecution: (stateMachineArn: string, request: { name: string; input: unknown }) => unknown;
  /** Called when all retries of a delivery have failed. */
  readonly onUndelivered: (failure: {
    readonly rule: string;
    readonly event: JsonObject;
    readonly error: Error;
  }) => void;
  /** A factor for the waits between retries. Tests use 0. */
  readonly retryFactor?: number;
};

/** An entry of PutEvents. */
export type BusEntry = {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  /** Epoch seconds, as in the protocol. */
  readonly Time?: number;
};

export type BusAnswer = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

export type Bus = {
  /** Accepts entries as PutEvents does. They are delivered after the answer. */
  put(entries: readonly BusEntry[]): BusAnswer[];
  /** Resolves when every target has taken the event. Rejects if one of them did not. */
  deliver(event: BusEvent, busName?: string): Promise<void>;
  /** Runs a scheduled rule now. On this computer, no clock runs schedules. */
  fire(ruleLogicalId: string): Promise<void>;
  /** Resolves when no delivery is running. */
  idle(): Promise<void>;
};

// EventBridge tries for 24 hours. Here a person waits, so we retry four times in three seconds.
const RETRIES_MAX = 4;
const RETRY_DELAY_MS = 200;
// "The total entry size must be less than 1 MB" since January 2026: AWS Compute Blog, "More room to build".
const ENTRY_BYTES_MAX = 1024 * 1024;
// There are no queues, topics and log groups on this computer, so we drop what is sent to them.
const SILENT_TARGETS = new Set(['sqs', 'sns', 'logs']);

type Route = { readonly rule: LocalRule; readonly matches: Matches };

export function createBus(options: BusOptions): Bus {
  const routes = options.rules.filter(({ enabled }) => enabled).map(compileRule);
  const underWay = new Set<Promise<unknown>>();
  const busNames = new Set(['default', ...(options.eventBusNames ?? [])]);
  const track = async (delivery: Promise<void>) => {
    underWay.add(delivery);
    await delivery.finally(() => underWay.delete(delivery));
  };
  const deliver = (event: JsonObject, busName: string, chosen = routes) => {
    const matching = chosen.filter(({ rule, matches }) => rule.busName === busName && matches(event));
    const deliveries = matching.flatMap(({ rule }) =>
      rule.targets.map((target) => deliverTo(options, rule, target, event)),
    );
    return track(allSettled(deliveries));
  };
  return {
    put: (entries) =>
      entries.map((entry) => {
        const refusal = refusalOf(entry, busNames);
        if (refusal) return refusal;
        const event = eventOf(entry);
        // PutEvents has its answer already, and onUndelivered has reported the failure.
        deliver(event, busNameOf(entry)).catch(() => {});
        return { EventId: event.id };
      }),
    deliver: (event, busName = 'default') => deliver(event, busName),
    fire: (ruleLogicalId) => {
      const rule = options.rules.find(({ logicalId }) => logicalId === ruleLogicalId);
      if (!rule) throw new Error(`there is no rule ${ruleLogicalId}`);
      return deliver(scheduledEvent(), rule.busName, [{ rule, matches: () => true }]);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

function compileRule(rule: LocalRule): Route {
  for (const { arn } of rule.targets) {
    const service = arn.split(':')[2] ?? '';
    if (service !== 'lambda' && service !== 'states' && !SILENT_TARGETS.has(service)) {
      throw new Error(`${rule.logicalId}: the target ${arn} cannot be run on this computer`);
    }
  }
  const matches = rule.eventPattern ? compilePattern(rule.eventPattern, rule.logicalId) : () => false;
  return { rule, matches };
}

async function allSettled(deliveries: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(deliveries)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function deliverTo(options: BusOptions, rule: LocalRule, target: LocalTarget, event: JsonObject): Promise<void> {
  const retriesMax = Math.min(target.retriesMax ?? RETRIES_MAX, RETRIES_MAX);
  for (let retries = 0; ; retries += 1) {
    try {
      await hand(options, target, String(event.id), targetInput(event, target, rule));
      return;
    } catch (error) {
      if (retries < retriesMax) {
        await delay(RETRY_DELAY_MS * 2 ** retries * (options.retryFactor ?? 1));
        continue;
      }
      options.onUndelivered({ rule: rule.logicalId, event, error: asError(error) });
      throw error;
    }
  }
}

async function hand(options: BusOptions, target: LocalTarget, eventId: string, input: unknown): Promise<void> {
  const service = target.arn.split(':')[2] ?? '';
  if (SILENT_TARGETS.has(service)) return;
  if (service === 'states') {
    const name = `${eventId}_${target.id}`.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 80);
    try {
      await options.startExecution(target.arn, { name, input });
    } catch (error) {
      // An earlier attempt of this delivery has started the execution.
      if (asError(error).name !== 'ExecutionAlreadyExists') throw error;
    }
    return;
  }
  const outcome = await options.invoke(target.arn, input, { by: 'events' });
  if ('throttled' in outcome) throw new Error(outcome.throttled);
  if ('functionError' in outcome)
    throw new Error(`${outcome.functionError.errorType}: ${outcome.functionError.errorMessage}`);
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const busNameOf = ({ EventBusName = 'default' }: BusEntry): string => EventBusName.replace(/^arn:.*:event-bus\//, '');

function refusalOf(entry: BusEntry, busNames: ReadonlySet<string>): BusAnswer | undefined {
  const refuse = (ErrorCode: string, ErrorMessage: string): BusAnswer => ({ ErrorCode, ErrorMessage });
  if (!entry.Source)
    return refuse('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (!entry.DetailType) {
    return refuse('InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.');
  }
  if (!busNames.has(busNameOf(entry)))
    return refuse('ResourceNotFoundException', `Event bus ${busNameOf(entry)} does not exist.`);
  if (utf8Bytes(JSON.stringify(entry)) > ENTRY_BYTES_MAX)
    return refuse('InvalidArgument', 'Total size of the entry is over the limit.');
  return isJsonObject(entry.Detail) ? undefined : refuse('MalformedDetail', 'Detail is malformed.');
}

function isJsonObject(text: string | undefined): boolean {
  try {
    return isObject(JSON.parse(text ?? ''));
  } catch {
    return false;
  }
}

function eventOf({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: BusEntry): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: place.account,
    time: isoSeconds(Time === undefined ? Date.now() : Time * 1000),
    region: place.region,
    resources: Resources,
    detail: JSON.parse(Detail),
  };
}

/** EventBridge writes times without milliseconds. */
const isoSeconds = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');

const scheduledEvent = (): BusEvent => eventOf({ Source: 'aws.events', DetailType: 'Scheduled Event', Detail: '{}' });
