/** The smoothed speed at which bytes arrive. The caller gives the time of each sample. */
export type Rate = {
  readonly atMs: number;
  readonly bytes: number;
  /** The exponentially weighted mean. It begins at 0, and `weight` corrects for that. */
  readonly mean: number;
  readonly weight: number;
};

// With less, the rate would jump when several parts end together. With more, it would show a slow network too late.
const TIME_CONSTANT_MS = 5_000;
// At a lower rate the estimate would be years, which helps nobody.
const BYTES_PER_SECOND_MIN = 1;

/** The first sample only says where counting begins: bytes from before a resume were not copied now. */
export function firstSample(atMs: number, bytes: number): Rate {
  return { atMs, bytes, mean: 0, weight: 0 };
}

/** If the number of bytes falls (a part failed, an upload was lost), the sample counts as 0 bytes gained. */
export function nextSample(rate: Rate, atMs: number, bytes: number): Rate {
  const elapsedMs = atMs - rate.atMs;
  if (elapsedMs <= 0) return rate;
  const gained = (Math.max(0, bytes - rate.bytes) / elapsedMs) * 1000;
  const share = 1 - Math.exp(-elapsedMs / TIME_CONSTANT_MS);
  return {
    atMs,
    bytes,
    mean: rate.mean + share * (gained - rate.mean),
    weight: rate.weight + share * (1 - rate.weight),
  };
}

/** Undefined until there are two samples. */
export function bytesPerSecond({ mean, weight }: Rate): number | undefined {
  return weight === 0 ? undefined : mean / weight;
}

export function secondsLeft(rate: Rate, bytesTotal: number): number | undefined {
  const speed = bytesPerSecond(rate);
  if (speed === undefined || speed < BYTES_PER_SECOND_MIN) return undefined;
  return Math.max(0, bytesTotal - rate.bytes) / speed;
}
