import { describe, expect, it } from 'vitest';
import { describeTransfer } from '../../functions/engine/calls/describe-transfer.ts';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { leapingClock } from './leaping-clock.ts';
import { throughNetwork } from './network.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 2 * MiB;
const PARTS = 16;

/** Looks at the transfer until it is as a test wants it. */
async function once(w: World, id: string, isSo: (view: TransferView) => boolean): Promise<TransferView> {
  for (;;) {
    const view = await describeTransfer(w.ports)(id);
    if (isSo(view)) return view;
    await w.ports.clock.sleep(100);
  }
}

/** A transfer with parts under way: about half of their bytes have been sent. */
async function halfWay(bytesPerSecond: number) {
  const clock = leapingClock();
  const w = world(undefined, undefined, { clock });
  const content = putSource(w, PARTS * PART);
  const network = { all: 1e9, connection: bytesPerSecond };
  const { begun } = throughNetwork(w, clock, network);
  const { transfer } = await startTransfer(w.ports)({
    body: requestFor({ partBytes: PART, batchesAtOnce: 2, partsAtOnce: 2 }),
    idempotencyKey: 'k',
  });
  const id = transfer.transferId;
  await once(w, id, ({ progress }) => progress.bytesInFlight >= begun.length * (PART / 4) && begun.length >= 4);
  return { w, clock, id, content, begun, network };
}

describe('A pause while parts are under way', () => {
  it('lets them finish, begins no others, and throws nothing away', async () => {
    const { w, clock, id, content, begun } = await halfWay(64 * KiB);
    const pausedAtMs = clock.nowMs();
    await pauseTransfer(w.ports)(id);
    const pausing = await describeTransfer(w.ports)(id);
    expect(pausing).toMatchObject({ state: 'copying', pausesBy: new Date(pausedAtMs + 60_000).toISOString() });
    const atPause = [...begun];
    await w.settled(`${id}-1`);
    const paused = await describeTransfer(w.ports)(id);
    expect(paused).toMatchObject({ state: 'paused', failure: undefined, pausesBy: undefined });
    expect(paused.progress).toMatchObject({ partsCopied: atPause.length, bytesLost: 0, bytesTooSlow: 0 });
    expect(begun).toEqual(atPause);
    expect(clock.nowMs() - pausedAtMs).toBeLessThan(60_000);
    expect(w.announced).toMatchObject([{ type: 'Transfer Paused' }]);

    await resumeTransfer(w.ports)(id);
    expect(await w.settled(`${id}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    expect(new Set(begun).size).toBe(begun.length);
  });

  it('says what it throws away if parts need more than a minute, and does not wait for them', async () => {
    const { w, clock, id, begun } = await halfWay(8 * KiB);
    const before = await once(
      w,
      id,
      ({ progress }) => progress.bytesTooSlow > 0 && progress.bytesTooSlow === progress.bytesInFlight,
    );
    const pausedAtMs = clock.nowMs();
    await pauseTransfer(w.ports)(id);
    await w.settled(`${id}-1`);
    const paused = await describeTransfer(w.ports)(id);
    expect(paused.state).toBe('paused');
    expect(paused.progress).toMatchObject({ partsCopied: 0, bytesInFlight: 0 });
    expect(paused.progress.bytesLost).toBeGreaterThanOrEqual(before.progress.bytesTooSlow);
    expect(begun).toHaveLength(4);
    expect(clock.nowMs() - pausedAtMs).toBeLessThan(10_000);
  });

  it('ends within a minute even if the network becomes slow after the pause', async () => {
    const { w, clock, id, network } = await halfWay(64 * KiB);
    const pausedAtMs = clock.nowMs();
    await pauseTransfer(w.ports)(id);
    network.connection = 64;
    await w.settled(`${id}-1`);
    const { state, progress } = await describeTransfer(w.ports)(id);
    expect([state, progress.partsCopied, progress.bytesLost > 0]).toEqual(['paused', 0, true]);
    expect(clock.nowMs() - pausedAtMs).toBeLessThanOrEqual(62_000);
  });

  it('is taken back by a resume before they have finished, and the same execution goes on', async () => {
    const { w, id, content, begun } = await halfWay(64 * KiB);
    await pauseTransfer(w.ports)(id);
    expect(await resumeTransfer(w.ports)(id)).toMatchObject({ pauseRequested: false });
    expect(await w.settled(`${id}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')?.equals(content)).toBe(true);
    expect(begun.toSorted((a, b) => a - b)).toEqual(Array.from({ length: PARTS }, (_, index) => index + 1));
  });
});
