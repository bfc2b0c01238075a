import { profiles } from '../../../functions/providers/profiles.ts';
import { batchesOf, partsPerBatch } from '../../../functions/transfer/batches.ts';
import { usageOf, usdOf } from '../../../functions/transfer/budgets/cost.ts';
import { firstLanes, type Lanes, nextLanes } from '../../../functions/transfer/budgets/lanes.ts';
import { type Plan, partLength, planParts } from '../../../functions/transfer/plan.ts';
import { nothingYet } from '../../../functions/transfer/tally.ts';
import { GiB, MiB } from '../../../functions/transfer/values/sizes.ts';
import type { Speed, SpeedFacts } from '../../../functions/transfer/values/speeds.ts';
import { chanceOf } from '../../simulation/chance.ts';

/** What the model assumes of the world. The sources are in docs/limits-and-cost.md, "Speed". */
export type Assumed = {
  /** CPU seconds for a GiB that comes by TLS, is summed as CRC32, and leaves by TLS. */
  readonly cpuSecondsAGiB: number;
  readonly lambdas: number;
};

const STEP_MS = 250;
const LOOK_MS = 1_000;
const CONNECTION = { least: 20e6, most: 45e6 };
// One part in a hundred is slow to its end, and one in two hundred is throttled and waits.
const SLOW = { share: 0.01, bytesPerSecond: 8e6 };
const THROTTLED = { share: 0.005, waitMs: 2_500 };
const REQUEST_MS = 100;
const INVOCATION_MS = 400;
/** The small functions, and a Complete of many parts. */
const OTHER_SECONDS = 6;
// A Lambda may use 300 MiB at once before its rate holds.
const BURST_BYTES = 300 * MiB;
const VCPU_MIB = 1769;

/** Bytes a second: 625 Mbit/s up to 2 GB, and in proportion up to 3,000 Mbit/s at 10 GB, if AWS has granted the quota. */
export function networkOf(memoryMiB: number): number {
  const share = Math.max(0, Math.min(1, (memoryMiB - 2048) / (10_240 - 2048)));
  return ((625 + share * (3000 - 625)) * 1e6) / 8;
}

/** Bytes a second that one thread of JavaScript moves. More than one vCPU does not make it faster. */
export function cpuOf(memoryMiB: number, { cpuSecondsAGiB }: Assumed): number {
  return (Math.min(1, memoryMiB / VCPU_MIB) * GiB) / cpuSecondsAGiB;
}

type Part = { bytesLeft: number; waitMs: number; readonly bytesPerSecond: number };
type Worker = { queue: number[]; parts: Part[]; lanes: Lanes; waitMs: number; tokens: number; look: Look };
type Look = { ms: number; bytes: number; throttles: number };
export type Outcome = { readonly seconds: number; readonly usd: number; readonly invocations: number };

/** Copies an object without its bytes, with the plan, the batches and the lanes that Partway would choose. */
export function copyAt(objectBytes: number, speed: Speed, facts: SpeedFacts, assumed: Assumed): Outcome {
  const chance = chanceOf(7);
  const choices = { partBytes: undefined, multipartThresholdBytes: undefined, speed };
  const plan = planParts(objectBytes, profiles.aws.part, choices);
  const all = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  const batches = batchesOf(plan, all, { countMax: 2000, size: partsPerBatch(plan, speed) });
  const limits = { countMax: facts.partsAtOnce, partBytes: plan.partBytes };
  const rate = Math.min(networkOf(facts.copyingMiB), cpuOf(facts.copyingMiB, assumed));
  const workers: Worker[] = Array.from({ length: assumed.lambdas }, () => idle(limits));
  const count = { ms: 0, lambdaMs: 0, invocations: 0, retries: 0 };
  const begin = (): Part => {
    const isThrottled = chance.happens(THROTTLED.share);
    if (isThrottled) count.retries += 1;
    const bytesPerSecond = chance.happens(SLOW.share)
      ? SLOW.bytesPerSecond
      : CONNECTION.least + chance.real() * (CONNECTION.most - CONNECTION.least);
    return { bytesLeft: 0, waitMs: REQUEST_MS + (isThrottled ? THROTTLED.waitMs : 0), bytesPerSecond };
  };
  while (batches.length > 0 || workers.some(isAtWork)) {
    count.ms += STEP_MS;
    for (const worker of workers) {
      if (!isAtWork(worker)) {
        const batch = batches.shift();
        if (!batch) continue;
        count.invocations += 1;
        const { firstPart, lastPart } = batch;
        const queue = Array.from({ length: lastPart - firstPart + 1 }, (_, index) => firstPart + index);
        Object.assign(worker, idle(limits), { queue, tokens: worker.tokens, waitMs: INVOCATION_MS });
      }
      count.lambdaMs += STEP_MS;
      step(worker, { plan, rate, limits, begin });
    }
  }
  const work = { ...nothingYet, partsCopied: plan.partCount, retries: count.retries };
  const usage = usageOf({ ...work, lambdaMs: count.lambdaMs, invocations: count.invocations }, facts);
  return { seconds: count.ms / 1000 + OTHER_SECONDS, usd: usdOf(usage), invocations: count.invocations };
}

function idle(limits: Parameters<typeof firstLanes>[0]): Worker {
  const look = { ms: 0, bytes: 0, throttles: 0 };
  return { queue: [], parts: [], lanes: firstLanes(limits), waitMs: 0, tokens: BURST_BYTES, look };
}

function isAtWork({ queue, parts }: Worker): boolean {
  return queue.length > 0 || parts.length > 0;
}

type Step = {
  readonly plan: Plan;
  readonly rate: number;
  readonly limits: Parameters<typeof firstLanes>[0];
  begin(): Part;
};

/** A quarter of a second of one Lambda. Its parts share what network and CPU give. */
function step(worker: Worker, { plan, rate, limits, begin }: Step): void {
  worker.tokens = Math.min(BURST_BYTES, worker.tokens + (rate * STEP_MS) / 1000);
  worker.waitMs -= STEP_MS;
  if (worker.waitMs > 0) return;
  while (worker.parts.length < worker.lanes.count && worker.queue.length > 0) {
    const part = begin();
    if (part.waitMs > THROTTLED.waitMs) worker.look.throttles += 1;
    worker.parts.push(Object.assign(part, { bytesLeft: partLength(plan, worker.queue.shift() ?? 1) }));
  }
  const wants = worker.parts.map((part) => wanted(part));
  const all = wants.reduce((sum, bytes) => sum + bytes, 0);
  const share = Math.min(1, worker.tokens / Math.max(1, all));
  worker.parts.forEach((part, index) => {
    part.waitMs -= STEP_MS;
    part.bytesLeft -= (wants[index] ?? 0) * share;
  });
  worker.tokens -= all * share;
  worker.parts = worker.parts.filter(({ bytesLeft }) => bytesLeft > 0);
  Object.assign(worker.look, { ms: worker.look.ms + STEP_MS, bytes: worker.look.bytes + all * share });
  if (worker.look.ms < LOOK_MS) return;
  const isBusy = worker.queue.length > 0 && worker.parts.length <= worker.lanes.count;
  worker.lanes = nextLanes(worker.lanes, { ...worker.look, isBusy }, limits);
  worker.look = { ms: 0, bytes: 0, throttles: 0 };
}

function wanted({ waitMs, bytesLeft, bytesPerSecond }: Part): number {
  const ms = Math.max(0, Math.min(STEP_MS, STEP_MS - waitMs));
  return Math.min(bytesLeft, (bytesPerSecond * ms) / 1000);
}
