import { setTimeout as after } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { Executions } from '../../tools/local/machine/executions.ts';
import { type RunningStack, startStack } from '../../tools/local/stack.ts';
import type { Observe } from '../../tools/signed/observe.ts';
import { authorizing, guardOf } from '../authorization/authorize.ts';
import { type QuotaOptions, type Throttles, underQuotas } from './quotas.ts';

export type BurstOptions = QuotaOptions & {
  readonly home: string;
  readonly arrivals: number;
  /** Called about twice a second. */
  onProgress?(progress: Progress): void;
  /** If nothing changes for so long, the burst is stuck and ends. */
  readonly quietMsMax?: number;
  /** An observer behind the quotas, for example a fault that the report must show. */
  readonly next?: Observe;
};

export type Progress = {
  /** The number of requests that have written an object at the target. */
  readonly written: number;
  readonly begun: number;
  readonly ended: number;
};

export type BurstReport = {
  readonly arrivals: number;
  /** The number of objects at the target with the bytes of their source. */
  readonly arrived: number;
  /** The number of requests that wrote an object at the target. It equals the number of objects if nothing was sent twice. */
  readonly objectsWritten: number;
  /** The number of executions in each status. */
  readonly executions: Readonly<Record<string, number>>;
  readonly throttles: Throttles;
  /** The time until the last object was written, and the time until the last execution had ended. */
  readonly seconds: { readonly written: number; readonly ended: number };
};

// Each object has other bytes, so that we notice if one arrives in the place of another.
const contentOf = (key: string) => Buffer.from(`${key} `.repeat(50));
const REQUESTS_AT_ONCE = 16;
const LOOK_EVERY_MS = 500;
// An execution waits at most 15 minutes between two tries (infra/retries.ts).
const QUIET_MS_MAX = 20 * 60_000;

/** Puts many objects into a bucket at once, under AWS's quotas, and waits until every execution has ended without help. */
export async function burst(options: BurstOptions): Promise<BurstReport> {
  const { home, arrivals, next, ...quotas } = options;
  const { observe, throttles } = underQuotas(quotas, next);
  const stack = await startStack({ home, observe: authorizing(await guardOf(home), observe) });
  const [source, target] = [storeOf(stack, 'a'), storeOf(stack, 'b')];
  const keys = Array.from({ length: arrivals }, (_, index) => `object-${index}`);
  const put = (Key: string) => source.send(new PutObjectCommand({ Bucket: 'incoming', Key, Body: contentOf(Key) }));
  try {
    const [seconds] = await Promise.all([untilOver(stack, options, throttles), inLanes(keys, put)]);
    const found = await inLanes(keys, (key) => isAt(target, key));
    const statuses = Object.entries(Object.groupBy(allOf(stack.executions), ({ status }) => status));
    return {
      arrivals,
      arrived: found.filter((isRight) => isRight).length,
      objectsWritten: await objectsWritten(stack),
      executions: Object.fromEntries(statuses.map(([status, all]) => [status, all?.length ?? 0])),
      throttles,
      seconds,
    };
  } finally {
    for (const client of [source, target]) client.destroy();
    await stack.close();
  }
}

/** Whether every object is at its target, none was written twice, and every execution has succeeded. */
export function isRight({ arrivals, arrived, objectsWritten, executions }: BurstReport): boolean {
  const { SUCCEEDED, ...others } = executions;
  const counts = [arrived, objectsWritten, SUCCEEDED];
  return counts.every((count) => count === arrivals) && Object.keys(others).length === 0;
}

/** Waits until one execution for each object has ended, or until nothing has changed for too long. */
async function untilOver(stack: RunningStack, options: BurstOptions, throttles: Throttles) {
  const { arrivals, onProgress, quietMsMax = QUIET_MS_MAX } = options;
  const startedMs = performance.now();
  let [writtenMs, changedMs, before] = [startedMs, startedMs, ''];
  for (let written = 0; ; await after(LOOK_EVERY_MS)) {
    const nowMs = performance.now();
    const writtenNow = await objectsWritten(stack);
    if (writtenNow > written) [written, writtenMs] = [writtenNow, nowMs];
    const executions = allOf(stack.executions);
    const progress = { written, begun: executions.length, ended: executions.filter(hasEnded).length };
    onProgress?.(progress);
    const now = JSON.stringify([progress, throttles]);
    if (now !== before) [before, changedMs] = [now, nowMs];
    if (progress.ended >= arrivals || nowMs - changedMs > quietMsMax) {
      const since = (ms: number) => Math.round((ms - startedMs) / 1000);
      return { written: since(writtenMs), ended: since(nowMs) };
    }
  }
}

function storeOf({ stores }: RunningStack, name: 'a' | 'b'): S3Client {
  const { url, ...keys } = stores[name];
  const endpoint = { name, provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: [] };
  return s3Client(endpoint, profiles.aws, keys);
}

async function inLanes<T>(keys: readonly string[], work: (key: string) => Promise<T>): Promise<T[]> {
  const queue = [...keys];
  const results: T[] = [];
  const lane = async () => {
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) results.push(await work(key));
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  return results;
}

/** Lists all executions. A page has 1,000, as in Step Functions. */
function allOf(executions: Executions) {
  const all = [];
  for (let nextToken: string | undefined = ''; nextToken !== undefined; ) {
    const page: ReturnType<Executions['list']> = executions.list({ max: 1000, ...(nextToken ? { nextToken } : {}) });
    all.push(...page.items);
    nextToken = page.nextToken;
  }
  return all;
}

const hasEnded = ({ status }: { readonly status: string }) => status !== 'RUNNING';

/** Reads the store's own counters of requests. */
export async function objectsWritten({ stores }: RunningStack): Promise<number> {
  const answer = await fetch(`${stores.b.url}/-/counters`);
  const { requests } = (await answer.json()) as { requests: Readonly<Record<string, number>> };
  return (requests.PutObject ?? 0) + (requests.CompleteMultipartUpload ?? 0);
}

/** Whether an object of a:incoming has arrived at b:arrived, under the same key. */
async function isAt(target: S3Client, Key: string): Promise<boolean> {
  const answer = await target.send(new GetObjectCommand({ Bucket: 'arrived', Key })).catch(() => undefined);
  const bytes = await answer?.Body?.transformToByteArray();
  return bytes !== undefined && contentOf(Key).equals(bytes);
}
