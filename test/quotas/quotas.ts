import { setTimeout as after } from 'node:timers/promises';
import type { JsonObject } from '../../tools/json.ts';
import { AwsError, type Observe, type ObservedCall, unobserved } from '../../tools/signed/observe.ts';
import { type Rate, type TokenBucket, tokenBucket } from './token-bucket.ts';

/**
 * The quotas of Step Functions' API for each account and region, from the column "All other regions", which is smaller:
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, "Quotas related to API action throttling"
 */
const STATES: Readonly<Record<string, Rate>> = {
  StartExecution: { size: 800, refillPerSecond: 150 },
  RedriveExecution: { size: 800, refillPerSecond: 150 },
  StopExecution: { size: 500, refillPerSecond: 25 },
  DescribeExecution: { size: 250, refillPerSecond: 10 },
  GetExecutionHistory: { size: 400, refillPerSecond: 20 },
  ListExecutions: { size: 100, refillPerSecond: 2 },
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const WRITES_OF_A_PARTITION: Rate = { size: 1000, refillPerSecond: 1000 };
const INDEX_PARTITION = 'the index "newest"';

// EventBridge and Lambda's own queue deliver again for hours, with growing waits. So we deliver until it succeeds.
const DELIVERY_WAIT_MS = { first: 100, most: 2_000 };

export type QuotaOptions = {
  /** The most invocations of all functions at once. Lambda's default is 1,000, and 10 in a new account. */
  readonly concurrency: number;
  /**
   * The other quotas are so many times smaller than AWS's, because this computer is slower. Each bucket keeps room for at
   * least one token.
   */
  readonly divisor: number;
  /** The same for the table, if the test wants more throttles of the table. */
  readonly tableDivisor?: number;
  /** The age of the state that DescribeExecution returns. AWS says "eventually consistent". */
  readonly lagMs: number;
};

/** How often each kind of call was throttled, and how often DescribeExecution returned an old state. */
export type Throttles = Record<string, number>;

/** Puts AWS's quotas around a stack on this computer. */
export function underQuotas(options: QuotaOptions, next: Observe = unobserved) {
  const { concurrency, divisor, tableDivisor = divisor, lagMs } = options;
  const throttles: Throttles = {};
  const take = takerOfTokens();
  let running = 0;
  const count = (what: string): void => {
    throttles[what] = (throttles[what] ?? 0) + 1;
  };

  const invoke = async (call: ObservedCall, serve: () => Promise<unknown>): Promise<unknown> => {
    if (running >= concurrency) {
      count(`Invoke by ${call.caller}`);
      return { throttled: 'Rate Exceeded. (Service: Lambda, Status Code: 429)' };
    }
    running += 1;
    return next(call, serve).finally(() => {
      running -= 1;
    });
  };

  const states = async (call: ObservedCall, serve: () => Promise<unknown>): Promise<unknown> => {
    const rate = STATES[call.operation];
    if (rate && !take(call.operation, rate, divisor)) {
      count(call.operation);
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    }
    const answer = await next(call, serve);
    return call.operation === 'DescribeExecution' ? asItWas(answer as JsonObject, lagMs, count) : answer;
  };

  const table = async (call: ObservedCall, serve: () => Promise<unknown>): Promise<unknown> => {
    for (const partition of writtenPartitions(call))
      if (!take(partition, WRITES_OF_A_PARTITION, tableDivisor)) {
        count('writes of a partition');
        throw new AwsError('ThrottlingException', 'Throughput exceeds the current capacity of a partition.');
      }
    return next(call, serve);
  };

  const once: Observe = (call, serve) => {
    if (call.service === 'lambda') return invoke(call, serve);
    if (call.service === 'states') return states(call, serve);
    return call.service === 'dynamodb' ? table(call, serve) : next(call, serve);
  };
  const observe: Observe = (call, serve) =>
    call.caller === 'events.amazonaws.com' ? delivered(() => once(call, serve)) : once(call, serve);
  return { observe, throttles };
}

/** Keeps a bucket of tokens for each name, and takes one of them. Both numbers of a rate are divided by `by`. */
function takerOfTokens() {
  const buckets = new Map<string, TokenBucket>();
  return (name: string, { size, refillPerSecond }: Rate, by: number): boolean => {
    const known = buckets.get(name);
    const bucket = known ?? tokenBucket({ size: Math.max(1, size / by), refillPerSecond: refillPerSecond / by });
    if (!known) buckets.set(name, bucket);
    return bucket.take();
  };
}

/** Repeats a delivery until it succeeds. */
async function delivered(deliver: () => Promise<unknown>): Promise<unknown> {
  for (let waitMs = DELIVERY_WAIT_MS.first; ; waitMs = Math.min(2 * waitMs, DELIVERY_WAIT_MS.most)) {
    const outcome = await deliver().catch((error) => {
      if ((error as Error).name !== 'ThrottlingException') throw error;
      return { throttled: error };
    });
    if (!isThrottled(outcome)) return outcome;
    await after(Math.random() * waitMs);
  }
}

function isThrottled(outcome: unknown): boolean {
  return typeof outcome === 'object' && outcome !== null && 'throttled' in outcome;
}

/** The execution as it was some time ago. If it was redriven since then, we return that it has failed, which is enough for tests. */
function asItWas(answer: JsonObject, lagMs: number, count: (what: string) => void): JsonObject {
  type Dates = { readonly startDate: number; readonly stopDate?: number; readonly redriveDate?: number };
  const { startDate, stopDate, redriveDate, ...rest } = answer as Dates;
  const isNew = (seconds: number) => Date.now() - seconds * 1000 < lagMs;
  if (isNew(startDate)) {
    count('old news: not begun');
    throw new AwsError('ExecutionDoesNotExist', 'Execution Does Not Exist');
  }
  if (redriveDate !== undefined && isNew(redriveDate)) {
    count('old news: not redriven');
    return { ...rest, startDate, status: 'FAILED', redriveStatus: 'REDRIVABLE' } as JsonObject;
  }
  if (stopDate === undefined || !isNew(stopDate)) return answer;
  count('old news: still running');
  return { ...rest, startDate, status: 'RUNNING' } as JsonObject;
}

/** The partition keys that a request writes. A row with `kind` is in the index too. */
function writtenPartitions({ operation, input }: ObservedCall): string[] {
  const { Item, Key, RequestItems } = input;
  const batch = Object.values((RequestItems ?? {}) as Record<string, JsonObject[]>).flat();
  const written: Readonly<Record<string, unknown[]>> = {
    PutItem: [Item],
    UpdateItem: [Key],
    DeleteItem: [Key],
    BatchWriteItem: batch.map(({ PutRequest, DeleteRequest }) => ({
      ...((PutRequest as JsonObject | undefined)?.Item as object),
      ...((DeleteRequest as JsonObject | undefined)?.Key as object),
    })),
  };
  return (written[operation] ?? []).flatMap((row) => {
    const { pk, kind } = row as { pk: { S: string }; kind?: unknown };
    return [pk.S, ...(kind === undefined ? [] : [INDEX_PARTITION])];
  });
}
