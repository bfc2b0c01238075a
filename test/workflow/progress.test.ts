import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { memoryCheckpoints } from '../../functions/adapters/memory/checkpoints.ts';
import { describeTransfer } from '../../functions/engine/calls/describe-transfer.ts';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import type { Checkpoints, TargetStore } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { type Progress, partsAndBytesDone } from '../../functions/transfer/views/progress.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const PARTS = 12;

/** A world where a person looks at the transfer after each write to the checkpoint. */
function watched(): { w: World; seen: Progress[] } {
  const seen: Progress[] = [];
  const checkpoints = memoryCheckpoints();
  const look = async (transferId: string) => {
    if (await checkpoints.read(transferId)) seen.push((await describeTransfer(w.ports)(transferId)).progress);
  };
  const lookAfter = async <T>(transferId: string, write: Promise<T>): Promise<T> => {
    const written = await write;
    await look(transferId);
    return written;
  };
  const looking: Checkpoints = {
    ...checkpoints,
    change: async (...change) => lookAfter(change[0], checkpoints.change(...change)),
    report: async (...report) => lookAfter(report[0], checkpoints.report(...report)),
    recordPart: async (...part) => lookAfter(part[0], checkpoints.recordPart(...part)),
  };
  const w = world(undefined, undefined, { checkpoints: looking });
  return { w, seen };
}

/** A store that takes the bytes at once and answers later, as stores do that write to several disks. */
function answeringLate(store: TargetStore): TargetStore {
  return {
    ...store,
    writePart: async (...part) => {
      const answer = await store.writePart(...part);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return answer;
    },
  };
}

/** What a bar shows as moved, and what it says is lost, phase by phase. */
function steps(seen: readonly Progress[]) {
  return seen.map((progress) => ({
    phase: progress.phase,
    moved: partsAndBytesDone(progress).bytes + progress.bytesInFlight,
    lost: progress.bytesLost,
  }));
}

/** The looks at which less was moved than before, although no more was lost. */
function unexplained(seen: readonly Progress[]) {
  const all = steps(seen);
  return all.filter(({ phase, moved, lost }, index) => {
    const before = all[index - 1];
    return before?.phase === phase && moved + lost < before.moved + before.lost;
  });
}

describe('What is copied and in flight', () => {
  it('never counts down if nothing fails, also while the target has not answered', async () => {
    const { w, seen } = watched();
    putSource(w, PARTS * PART);
    w.faults.target = answeringLate;
    const { status } = await w.run(requestFor({ verify: 'read-back' }));
    expect(status).toBe('SUCCEEDED');
    const moved = steps(seen).filter(({ phase }) => phase === 'copying');
    expect(moved.map((step) => step.moved)).toEqual(moved.map((step) => step.moved).toSorted((a, b) => a - b));
    expect(unexplained(seen)).toEqual([]);
    expect(seen.map(({ bytesLost }) => bytesLost).filter((bytes) => bytes > 0)).toEqual([]);
    expect(seen.some(({ bytesInFlight }) => bytesInFlight > 0)).toBe(true);
  });

  it('counts down by the bytes of a part that failed, and says that they are lost', async () => {
    const { w, seen } = watched();
    putSource(w, PARTS * PART);
    let failures = 0;
    w.faults.target = (store) => ({
      ...answeringLate(store),
      writePart: async (part, body, signal) => {
        if (part.partNumber !== 7 || failures++ > 8) return answeringLate(store).writePart(part, body, signal);
        await text(body);
        throw new TransferError('Unreachable', 'reset');
      },
    });
    const { status } = await w.run(requestFor({ retry: { count: 1, intervalSeconds: 0 } }));
    expect(status).toBe('SUCCEEDED');
    expect(unexplained(seen)).toEqual([]);
    expect(seen.at(-1)?.bytesLost).toBe(9 * PART);
  });

  it('says that all parts are lost if the target loses the upload', async () => {
    const { w, seen } = watched();
    putSource(w, PARTS * PART);
    let hasLost = false;
    w.faults.target = (store) => ({
      ...store,
      completeUpload: async (...complete) => {
        if (hasLost) return store.completeUpload(...complete);
        hasLost = true;
        await store.abortUpload(complete[0].target, complete[1]);
        throw new TransferError('UploadLost', 'gone');
      },
    });
    const { status } = await w.run(requestFor());
    expect(status).toBe('SUCCEEDED');
    expect(unexplained(seen)).toEqual([]);
    expect(seen.at(-1)?.bytesLost).toBe(PARTS * PART);
  });

  it('never counts down if a round begins while somebody looks', async () => {
    const checkpoints = memoryCheckpoints();
    const w = world(undefined, undefined, { checkpoints });
    putSource(w, PARTS * PART);
    const { arn } = await w.run(requestFor());
    const transferId = transferIdOf('execution', arn);
    const [report] = await checkpoints.reports(transferId);
    const before = { partsCopied: 4, bytesCopied: 4 * PART };
    await checkpoints.change(transferId, (now) => ({
      ...now,
      state: 'copying',
      round: 1,
      tally: { ...now.tally, partsCopied: 0, bytesCopied: 0 },
    }));
    await checkpoints.report(transferId, { ...report!, round: 1, ...before });
    /** The next round: its header has counted the parts, and its first report replaces the old one. */
    const beginRound = async () => {
      await checkpoints.change(transferId, (now) => ({ ...now, round: 2, tally: { ...now.tally, ...before } }));
      await checkpoints.report(transferId, { ...report!, round: 2, partsCopied: 0, bytesCopied: 0 });
    };
    let looks = 0;
    const between = async <T>(answer: Promise<T>): Promise<T> => {
      const found = await answer;
      looks += 1;
      if (looks === 1) await beginRound();
      return found;
    };
    const racing: Checkpoints = {
      ...checkpoints,
      read: (id) => between(checkpoints.read(id)),
      reports: (id) => between(checkpoints.reports(id)),
    };
    const { progress } = await describeTransfer({ ...w.ports, checkpoints: racing })(transferId);
    expect(progress.bytesCopied).toBe(4 * PART);
  });
});
