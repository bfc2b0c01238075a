import type { Readable } from 'node:stream';
import type { WriteAnswer } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { OtherCrc } from '../../transfer/values/checksums.ts';
import { KiB } from '../../transfer/values/sizes.ts';
import { type LentStream, lentStream, pour } from '../ports/pieces.ts';
import type { Clock } from '../ports/ports.ts';
import type { Limiter } from './limiter.ts';
import { type Meter, type Metered, meter } from './meter.ts';
import { startPace } from './pace.ts';

// A store that works answers within seconds. The SDK itself would wait for ever for a silent source.
const STALL_MS = 30_000;
// A server that sends a byte now and then would keep a Lambda busy for its whole life. This is 1 KiB a second.
const BYTES_IN_THAT_TIME_MIN = 30 * KiB;
const STALL_CHECK_MS = 5_000;

export type Relay = {
  readonly what: string;
  /** Names the place of the bytes in messages. Default: the source. */
  readonly from?: string;
  readonly bytes: number;
  readonly md5: boolean;
  /** The checksums to compute beside CRC32. */
  readonly crcs: readonly OtherCrc[];
  readonly clock: Clock;
  /** What the parts of this Lambda may send together. */
  readonly limit?: Limiter | undefined;
  readonly signal: AbortSignal;
  open(signal: AbortSignal): Promise<Readable>;
  write(body: Readable, signal: AbortSignal): Promise<WriteAnswer>;
  /** Called with the meter of the bytes under way, to show progress. */
  watch(meter: Meter): void;
};

/**
 * Reads a range and writes it: one attempt. Both belong to one attempt, because a half-read stream cannot be sent
 * twice. Throws Unreachable if almost nothing moves for 30 s, and Damaged if the target answers with the MD5 of other bytes.
 */
export async function relay(task: Relay): Promise<{ answer: WriteAnswer; measured: Metered }> {
  const failing = new AbortController();
  const signal = AbortSignal.any([task.signal, failing.signal]);
  const metered = meter({ md5: task.md5, crcs: task.crcs, bytesMax: task.bytes });
  task.watch(metered);
  const watchdog = watchForStall(task, metered, failing, signal);
  let body: Readable | undefined;
  try {
    body = await task.open(signal);
    const passing = passedOn(body, task, metered, failing);
    const answer = await task.write(passing, signal);
    return { answer, measured: proven(task, metered.measured(), answer) };
  } catch (error) {
    throw failing.signal.aborted ? failing.signal.reason : error;
  } finally {
    failing.abort(new TransferError('Unreachable', `${task.what}: over.`));
    body?.destroy();
    await watchdog;
  }
}

/** The bytes as the target gets them. If the source fails, the write is aborted: the SDK itself would wait for ever. */
function passedOn(body: Readable, task: Relay, metered: Meter, failing: AbortController): LentStream {
  const pace = startPace(task.clock, task.limit, AbortSignal.any([task.signal, failing.signal]));
  let left = task.bytes;
  return lentStream(async (take) => {
    let isWriting = false;
    const counted = async (slice: Buffer) => {
      isWriting = true;
      await take(slice);
      isWriting = false;
      metered.written(slice.length);
    };
    try {
      await pour(body, (piece) => {
        metered.read(piece);
        left -= piece.length;
        return pace.inSlices(piece, counted);
      });
      if (left > 0) throw cutShort(task, metered);
    } catch (error) {
      if (!isWriting) failing.abort(brokenOff(task, metered, error as Error));
      throw error;
    }
  }, metered.measured);
}

/** Whatever the network's error is called, another attempt may succeed. */
function brokenOff(task: Relay, metered: Meter, error: Error): TransferError {
  if (error instanceof TransferError) return error;
  if ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return cutShort(task, metered);
  const after = `after ${metered.bytesSoFar()} of ${task.bytes} bytes`;
  return new TransferError(
    'Unreachable',
    `${task.what}: reading from ${task.from ?? 'the source'} failed ${after}: ${error.message}.`,
    {
      cause: error,
    },
  );
}

function cutShort(task: Relay, metered: Meter): TransferError {
  return new TransferError(
    'Unreachable',
    `${task.what}: ${task.from ?? 'the source'} closed the connection after ${metered.bytesSoFar()} of ${task.bytes} bytes.`,
  );
}

async function watchForStall(
  task: Relay,
  metered: Meter,
  failing: AbortController,
  signal: AbortSignal,
): Promise<void> {
  let [bytes, sinceMs] = [0, task.clock.nowMs()];
  while (!signal.aborted) {
    await task.clock.sleep(STALL_CHECK_MS, signal).catch(() => {}); // an early end means that the attempt is over
    const now = metered.bytesSoFar();
    if (now - bytes >= BYTES_IN_THAT_TIME_MIN || (now === task.bytes && now !== bytes))
      [bytes, sinceMs] = [now, task.clock.nowMs()];
    if (task.clock.nowMs() - sinceMs >= STALL_MS) {
      failing.abort(
        new TransferError(
          'Unreachable',
          `${task.what}: almost nothing moved for 30 s, after ${now} of ${task.bytes} bytes.`,
        ),
      );
    }
  }
}

function proven(task: Relay, measured: Metered, answer: WriteAnswer): Metered {
  if (measured.bytes !== task.bytes) {
    throw new TransferError('Unreachable', `${task.what}: ${measured.bytes} bytes came instead of ${task.bytes}.`);
  }
  if (measured.md5 !== undefined && answer.etagIsMd5 && answer.etag.toLowerCase() !== measured.md5) {
    throw new TransferError(
      'Damaged',
      `${task.what}: Partway sent bytes with MD5 ${measured.md5}, and the target received bytes with MD5 ${answer.etag}. If its ETags are no MD5s, ask with \`checksum: "crc32"\`.`,
    );
  }
  return measured;
}
