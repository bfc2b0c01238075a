import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { describeTransfer } from '../../functions/engine/calls/describe-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { pour } from '../../functions/engine/ports/pieces.ts';
import type { Clock } from '../../functions/engine/ports/ports.ts';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { leapingClock } from './leaping-clock.ts';
import { type Seen, throughNetwork } from './network.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const WINDOW_MS = 10_000;

/** The bytes a second in each ten seconds that begin at a full second. */
function rates(pieces: Seen['pieces'], fromMs: number, untilMs: number): number[] {
  const starts = Array.from(
    { length: Math.floor((untilMs - WINDOW_MS - fromMs) / 1000) + 1 },
    (_, second) => fromMs + second * 1000,
  );
  return starts.map((startMs) => {
    const mine = pieces.filter(({ atMs }) => atMs >= startMs && atMs < startMs + WINDOW_MS);
    return mine.reduce((sum, { bytes }) => sum + bytes, 0) / (WINDOW_MS / 1000);
  });
}

function expectWithinATenth(seen: readonly number[], wanted: number): void {
  expect(seen.length).toBeGreaterThan(0);
  expect(Math.min(...seen)).toBeGreaterThan(0.9 * wanted);
  expect(Math.max(...seen)).toBeLessThan(1.1 * wanted);
}

async function until(clock: Clock, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await clock.sleep(100);
}

const wide = { all: 1e12, connection: 1e12 };

async function started(w: World, more: Parameters<typeof requestFor>[0]): Promise<string> {
  const { transfer } = await startTransfer(w.ports)({ body: requestFor(more), idempotencyKey: 'k' });
  return transfer.transferId;
}

describe('A transfer with a limit of its bandwidth', () => {
  it('sends as much as the limit says in any ten seconds', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    const content = putSource(w, 64 * 128 * KiB);
    const { pieces } = throughNetwork(w, clock, wide);
    const limit = 256 * KiB;
    const id = await started(w, { partBytes: 128 * KiB, bandwidthBytesPerSecond: limit });
    expect(await w.settled(`${id}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    expectWithinATenth(rates(pieces, pieces[0]!.atMs, pieces.at(-1)!.atMs), limit);
  });

  it('shares it between its Lambdas, also if a store is too fast for one', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    const pieces = withoutBytes(w, clock, 1300 * MiB);
    const limit = 100 * MiB;
    const id = await started(w, { partBytes: 20 * MiB, bandwidthBytesPerSecond: limit, checksum: 'crc32' });
    await until(clock, () => pieces.reduce((sum, { bytes }) => sum + bytes, 0) > 1150 * MiB);
    expect((await w.ports.checkpoints.read(id))?.handedOut?.lambdas).toBe(3);
    expectWithinATenth(rates(pieces, pieces[0]!.atMs, pieces.at(-1)!.atMs), limit);
    await requestAbort(w.ports)(id);
    await w.settled(`${id}-2`);
  });

  it('has another one within two seconds of a resume, if as many Lambdas share it', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    putSource(w, 96 * 128 * KiB);
    const { pieces } = throughNetwork(w, clock, wide);
    const id = await started(w, { partBytes: 128 * KiB, bandwidthBytesPerSecond: 128 * KiB });
    await until(clock, () => pieces.length > 0 && clock.nowMs() - pieces[0]!.atMs > 20_000);
    await resumeTransfer(w.ports)(id, { bandwidthBytesPerSecond: 384 * KiB });
    const changedMs = clock.nowMs();
    expect((await w.ports.checkpoints.read(id))?.roundEndsByMs).toBeUndefined();
    await w.settled(`${id}-1`);
    expectWithinATenth(rates(pieces, pieces[0]!.atMs, changedMs), 128 * KiB);
    expectWithinATenth(rates(pieces, changedMs + 2_000, pieces.at(-1)!.atMs), 384 * KiB);
  });

  it('gets its first one from a resume: parts in flight finish within a minute, and nothing is thrown away', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    const content = putSource(w, 240 * 128 * KiB);
    const { pieces, begun } = throughNetwork(w, clock, { all: 1e12, connection: 32 * KiB });
    const id = await started(w, { partBytes: 128 * KiB, batchesAtOnce: 8 });
    await until(clock, async () => (await describeTransfer(w.ports)(id)).progress.partsCopied > 20);
    const limit = 100 * KiB;
    await resumeTransfer(w.ports)(id, { bandwidthBytesPerSecond: limit });
    const changedMs = clock.nowMs();
    expect(await w.settled(`${id}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    expect(begun.length).toBe(240);
    expectWithinATenth(rates(pieces, changedMs + 60_000, pieces.at(-1)!.atMs), limit);
  });

  it('loses it with a resume', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    putSource(w, 64 * 128 * KiB);
    throughNetwork(w, clock, wide);
    const id = await started(w, { partBytes: 128 * KiB, bandwidthBytesPerSecond: 64 * KiB });
    await until(clock, async () => (await describeTransfer(w.ports)(id)).progress.partsCopied > 2);
    await resumeTransfer(w.ports)(id, { bandwidthBytesPerSecond: null });
    const changedMs = clock.nowMs();
    expect(await w.settled(`${id}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(clock.nowMs() - changedMs).toBeLessThan(65_000);
  });

  it('is refused before a byte moves if no part could finish, and a resume cannot ask for that either', async () => {
    const clock = leapingClock();
    const w = world(undefined, undefined, { clock });
    putSource(w, 8 * 128 * KiB);
    const { begun } = throughNetwork(w, clock, { all: 1e12, connection: KiB });
    const refused = await w.run(requestFor({ partBytes: 128 * KiB, bandwidthBytesPerSecond: 200 }));
    expect(refused).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
    expect(refused.cause).toMatch(/`bandwidthBytesPerSecond` is 200\. A part of 128 KiB would need 11 minutes/);
    expect(begun).toEqual([]);
    const id = await started(w, { partBytes: 128 * KiB });
    await until(clock, () => begun.length > 0);
    const resumed = resumeTransfer(w.ports)(id, { bandwidthBytesPerSecond: 200 });
    await expect(resumed).rejects.toMatchObject({ name: 'InvalidRequest' });
    await requestAbort(w.ports)(id);
    await w.settled(`${id}-2`);
  });
});

/** Stores that make bytes of nothing and keep none, so that a test moves many. Gives what arrived, and when. */
function withoutBytes(w: World, clock: Clock, bytes: number): { atMs: number; bytes: number }[] {
  const piece = Buffer.alloc(MiB);
  const pieces: { atMs: number; bytes: number }[] = [];
  w.faults.source = (store) => ({
    ...store,
    inspect: async () => ({ bytes, etag: 'original', headers: {}, metadata: {} }),
    read: async ({ first, last }) => {
      const count = (last - first + 1) / MiB;
      return Readable.from(Array.from({ length: count }, () => piece));
    },
  });
  w.faults.target = (store) => ({
    ...store,
    writePart: async ({ partNumber }, body) => {
      await pour(body, async (taken) => {
        // A network in which nothing waits. It only lets time pass.
        await clock.sleep(1);
        pieces.push({ atMs: clock.nowMs(), bytes: taken.length });
      });
      return { etag: `etag-${partNumber}`, etagIsMd5: false };
    },
  });
  return pieces;
}
