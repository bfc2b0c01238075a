import { KiB, MiB } from '../../transfer/values/sizes.ts';
import type { TakePiece } from '../ports/pieces.ts';
import type { Clock } from '../ports/ports.ts';
import type { Limiter } from './limiter.ts';

const SLICE_BYTES_MIN = 16 * KiB;
const SLICE_BYTES_FIRST = 64 * KiB;
const SLICE_BYTES_MAX = MiB;
const FAST_MS = 100;
const SLOW_MS = 1000;

/**
 * Writes pieces in slices whose size follows the speed of the target. A slice is counted when it is written, so even on
 * a slow line something is counted every few seconds, and a fast line is not slowed down by small writes. With a limit,
 * each slice waits until it may leave.
 */
export function startPace(
  clock: Pick<Clock, 'nowMs'>,
  limit: Limiter | undefined,
  signal: AbortSignal,
): { inSlices(piece: Buffer, take: TakePiece): Promise<void> } {
  let sliceBytes = SLICE_BYTES_FIRST;
  return {
    inSlices: async (piece, take) => {
      for (let at = 0; at < piece.length; ) {
        const slice = piece.subarray(at, at + Math.min(sliceBytes, limit?.pieceBytesMax() ?? sliceBytes));
        if (limit?.isOn()) await limit.pass(slice.length, signal);
        const startedMs = clock.nowMs();
        await take(slice);
        at += slice.length;
        const tookMs = clock.nowMs() - startedMs;
        if (tookMs < FAST_MS) sliceBytes = Math.min(2 * sliceBytes, SLICE_BYTES_MAX);
        if (tookMs > SLOW_MS) sliceBytes = Math.max(sliceBytes / 2, SLICE_BYTES_MIN);
      }
    },
  };
}
