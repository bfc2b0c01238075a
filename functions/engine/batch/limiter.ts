import { KiB } from '../../transfer/values/sizes.ts';

/** Clients have another clock than Lambdas. */
type Sleeper = { nowMs(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };

/** Lets bytes pass at a rate. All lanes of a Lambda share one, and so do all parts that a client sends. */
export type Limiter = {
  /** Without a limit there is nothing to wait for. */
  isOn(): boolean;
  bytesPerSecond(): number | undefined;
  /**
   * Resolves when so many bytes may be sent, in the order of the calls. Throws the signal's reason. Bytes that were waited
   * for count as sent, also if the signal aborts.
   */
  pass(bytes: number, signal: AbortSignal): Promise<void>;
  /** The largest piece that keeps the flow even. */
  pieceBytesMax(): number;
  /** From the next piece on. `undefined`: no limit. */
  change(bytesPerSecond: number | undefined): void;
};

// What was not used in half a second is lost. So a pause is not followed by a flood, and ten seconds are exact within a
// twentieth.
const UNUSED_MS_MAX = 500;
const PIECE_SECONDS = 0.1;
const PIECE_BYTES_MIN = 16 * KiB;

/** A bucket of tokens, without the bucket: it knows only at what time the next byte may leave. */
export function openLimiter(clock: Sleeper, bytesPerSecond: number | undefined): Limiter {
  let rate = bytesPerSecond;
  let freeAtMs = clock.nowMs();
  return {
    isOn: () => rate !== undefined,
    bytesPerSecond: () => rate,
    pass: async (bytes, signal) => {
      if (rate === undefined) return;
      const nowMs = clock.nowMs();
      const atMs = Math.max(freeAtMs, nowMs - UNUSED_MS_MAX);
      freeAtMs = atMs + (bytes / rate) * 1000;
      if (atMs > nowMs) await clock.sleep(atMs - nowMs, signal);
    },
    pieceBytesMax: () =>
      rate === undefined ? Number.POSITIVE_INFINITY : Math.max(PIECE_BYTES_MIN, Math.floor(rate * PIECE_SECONDS)),
    change: (next) => {
      if (next !== rate) freeAtMs = Math.min(freeAtMs, clock.nowMs());
      rate = next;
    },
  };
}
