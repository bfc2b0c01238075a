/** How fast bytes arrive, smoothed. It uses only its samples; the caller gives the time. */
export type Rate = {
  readonly atMs: number;
  readonly bytes: number;
  /** Exponentially weighted mean; it begins at 0, which `weight` corrects. */
  readonly mean: number;
  readonly weight: number;
};

// Long enough that parts which end together do not make it jump. Short enough to show a slow network quickly.
const TIME_CONSTANT_MS = 5_000;
// Below this nothing really moves: an estimate in years helps nobody.
const BYTES_PER_SECOND_MIN = 1;

/** The first sample only says where counting begins. What was there before a resume was not copied now. */
export function firstSample(atMs: number, bytes: number): Rate {
  return { atMs, bytes, mean: 0, weight: 0 };
}

/** If bytes go back (a part failed, an upload was lost), they count as none, and counting goes on from there. */
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

/** Undefined until something was measured. */
export function bytesPerSecond({ mean, weight }: Rate): number | undefined {
  return weight === 0 ? undefined : mean / weight;
}

export function secondsLeft(rate: Rate, bytesTotal: number): number | undefined {
  const speed = bytesPerSecond(rate);
  if (speed === undefined || speed < BYTES_PER_SECOND_MIN) return undefined;
  return Math.max(0, bytesTotal - rate.bytes) / speed;
}
