/** A quota of AWS: so many calls at once, and so many a second after that. */
export type Rate = { readonly size: number; readonly refillPerSecond: number };

export type TokenBucket = {
  /** Takes a token. `false`: there is none, so the call is throttled. */
  take(): boolean;
};

export function tokenBucket({ size, refillPerSecond }: Rate, nowMs: () => number = Date.now): TokenBucket {
  let [tokens, atMs] = [size, nowMs()];
  return {
    take: () => {
      const passedMs = nowMs() - atMs;
      atMs += passedMs;
      tokens = Math.min(size, tokens + (passedMs / 1000) * refillPerSecond);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
