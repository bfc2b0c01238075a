import { MiB } from '../values/sizes.ts';

/**
 * How many parts one Lambda copies at once: its lanes. Nobody tells a Lambda what the network and the stores can do, so it
 * tries. Once a second it looks at what moved, and decides:
 *
 * 1. It begins with as many lanes as have 128 MiB of parts together.
 * 2. While all lanes are busy, it tries more, at first twice as many, later one more: if each would get enough of the present
 *    rate, or if each has 5 MiB/s, since then the stores may be the limit. After two seconds it judges them. If a lane now gets
 *    too little, or the rate has grown by less than a quarter of what the new lanes bring at best, they go away again. The next
 *    trial comes later (after 5 s, 10 s, … 60 s).
 * 3. After a throttle, half of the lanes go away at once, and the next trial comes after 10 s.
 * 4. If for 5 s a lane gets too little, only as many lanes stay as can get enough. Enough means that a part finishes within a
 *    minute. 5 MiB/s are always enough, unless a part would need more than 5 minutes, a third of a Lambda's life.
 * 5. If for 5 s the rate is less than half of what these lanes have had, the network has changed: half of the lanes go away.
 *    If more lanes bring more, they come back by rule 2.
 *
 * A lane never leaves its part: it goes away when the part has ended. So a slow network has few parts in flight, and they
 * finish.
 */
export type Lanes = {
  readonly count: number;
  /** The lanes that are being tried are judged by what was before. `undefined`: none are. */
  readonly trial: { readonly count: number; readonly bytesPerSecond: number; readonly waitMs: number } | undefined;
  /** The best rate that these lanes have had. 0: not measured yet. */
  readonly bytesPerSecond: number;
  /** Whether every trial so far was worth it. */
  readonly doubles: boolean;
  readonly restMs: number;
  readonly nextRestMs: number;
  /** For how long rule 4 or rule 5 has applied. */
  readonly slowMs: number;
};

/** What happened since the last look. `isBusy`: just these lanes had parts, so the rate says what they can do. */
export type LaneLook = {
  readonly ms: number;
  readonly bytes: number;
  readonly throttles: number;
  readonly isBusy: boolean;
};

export type LaneLimits = { readonly countMax: number; readonly partBytes: number };

const BYTES_AT_FIRST = 128 * MiB;
// New connections need a moment until they are fast.
const TRIAL_MS = 2_000;
const SHARE_OF_GAIN_MIN = 0.25;
const REST_MS = 5_000;
const REST_MS_MAX = 60_000;
const REST_AFTER_THROTTLE_MS = 10_000;
// Throttles that come so soon after another one belong to the same burst.
const BURST_MS = 3_000;
const SLOW_MS = 5_000;
const PART_SECONDS = 60;
const PART_SECONDS_MAX = 300;
const ENOUGH_A_SECOND = 5 * MiB;

export function firstLanes({ countMax, partBytes }: LaneLimits): Lanes {
  const count = Math.min(countMax, Math.max(1, Math.floor(BYTES_AT_FIRST / partBytes)));
  const fresh = { trial: undefined, bytesPerSecond: 0, doubles: true, restMs: 0, nextRestMs: REST_MS, slowMs: 0 };
  return { count, ...fresh };
}

/** What one lane must get, as rule 4 says. */
export function enoughForALane(partBytes: number): number {
  return Math.max(Math.min(partBytes / PART_SECONDS, ENOUGH_A_SECOND), partBytes / PART_SECONDS_MAX);
}

export function nextLanes(lanes: Lanes, { ms, bytes, throttles, isBusy }: LaneLook, limits: LaneLimits): Lanes {
  const rested = { ...lanes, restMs: Math.max(0, lanes.restMs - ms) };
  if (throttles > 0 && rested.restMs <= REST_AFTER_THROTTLE_MS - BURST_MS)
    return { ...fewer(rested, Math.floor(lanes.count / 2)), bytesPerSecond: 0, restMs: REST_AFTER_THROTTLE_MS };
  if (!isBusy) return rested;
  const rate = (bytes / ms) * 1000;
  const slowMs = isSlow(lanes, rate, limits) ? lanes.slowMs + ms : 0;
  if (slowMs >= SLOW_MS) return afterSlowness(rested, rate, limits);
  return lanes.trial
    ? judged({ ...rested, slowMs }, rate, { ms, ...limits })
    : triedMore({ ...rested, slowMs }, rate, limits);
}

function isSlow(lanes: Lanes, rate: number, { partBytes }: LaneLimits): boolean {
  const isEnough = lanes.count === 1 || rate / lanes.count >= enoughForALane(partBytes);
  return !isEnough || rate < lanes.bytesPerSecond / 2;
}

/** Rules 4 and 5. */
function afterSlowness(lanes: Lanes, rate: number, { partBytes }: LaneLimits): Lanes {
  const fitting = Math.floor(rate / enoughForALane(partBytes));
  const half = rate < lanes.bytesPerSecond / 2 ? Math.ceil(lanes.count / 2) : lanes.count;
  return { ...fewer(lanes, Math.min(fitting, half)), bytesPerSecond: rate, restMs: REST_MS };
}

function fewer(lanes: Lanes, count: number): Lanes {
  return { ...lanes, count: Math.max(1, count), trial: undefined, doubles: false, slowMs: 0 };
}

/** The end of rule 2. */
function judged(lanes: Lanes, rate: number, limits: LaneLimits & { readonly ms: number }): Lanes {
  const { count, trial, nextRestMs } = lanes;
  if (!trial) return lanes;
  if (trial.waitMs > limits.ms) return { ...lanes, trial: { ...trial, waitMs: trial.waitMs - limits.ms } };
  const bestGain = trial.bytesPerSecond * (count / trial.count - 1);
  const isWorth = rate - trial.bytesPerSecond >= bestGain * SHARE_OF_GAIN_MIN;
  if (isWorth && rate / count >= enoughForALane(limits.partBytes))
    return triedMore({ ...lanes, trial: undefined, bytesPerSecond: rate }, rate, limits);
  const before = { count: trial.count, bytesPerSecond: trial.bytesPerSecond };
  const rest = { restMs: nextRestMs, nextRestMs: Math.min(2 * nextRestMs, REST_MS_MAX) };
  return { ...fewer(lanes, trial.count), ...before, ...rest };
}

/** The beginning of rule 2. */
function triedMore(lanes: Lanes, rate: number, { countMax, partBytes }: LaneLimits): Lanes {
  const { count, doubles, restMs } = lanes;
  const measured = { ...lanes, bytesPerSecond: Math.max(rate, lanes.bytesPerSecond) };
  const wanted = Math.min(countMax, doubles ? 2 * count : count + 1);
  // A connection that is fast may be limited by its store. Then the network has room for more, whatever a part needs.
  const isEnough = rate / wanted >= enoughForALane(partBytes) || rate / count >= ENOUGH_A_SECOND;
  if (restMs > 0 || wanted === count || !isEnough) return measured;
  return { ...measured, count: wanted, trial: { count, bytesPerSecond: rate, waitMs: TRIAL_MS } };
}
