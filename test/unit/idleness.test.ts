import { describe, expect, it } from 'vitest';
import { idleMsOf, idleness } from '../../functions/transfer/budgets/idleness.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { type BatchReport, nothingYet } from '../../functions/transfer/tally.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { requestFor } from '../workflow/request.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** In round 2, which was handed out an hour after the last part came. */
const transfer = (more: Partial<Transfer> = {}): Transfer => ({
  ...newTransfer('t', parseRequest(requestFor()), 0),
  round: 2,
  progressAtMs: 0,
  handedOut: { next: 'copy-parts', atMs: HOUR, waitMs: 0 },
  tally: { ...nothingYet, partsCopied: 4 },
  ...more,
});

const report = (more: Partial<BatchReport>): BatchReport => ({
  ...{ firstPart: 1, round: 2, ...nothingYet, bytesInFlight: 0 },
  ...more,
});

const judged = (nowMs: number, reports: BatchReport[] = [], more: Partial<Transfer> = {}) =>
  idleness(transfer(more), { partsDone: 4, reports, nowMs });

describe('Idleness', () => {
  it('counts the time in which batches worked in vain, and what came before the round', () => {
    const worked = [report({ lambdaMs: 5 * MINUTE, atMs: HOUR + 5 * MINUTE })];
    expect(judged(HOUR + 5 * MINUTE, worked)).toMatchObject({ idleRounds: 1, idleMs: HOUR + 5 * MINUTE });
  });

  it('counts the work of several batches at once only once', () => {
    const batch = { lambdaMs: 5 * MINUTE, atMs: HOUR + 5 * MINUTE };
    expect(judged(HOUR + 5 * MINUTE, [report(batch), report(batch)]).idleMs).toBe(HOUR + 5 * MINUTE);
  });

  it('counts the wait that was handed out, as far as it has passed', () => {
    const handedOut = { next: 'copy-parts', atMs: HOUR, waitMs: 15 * MINUTE };
    expect(judged(HOUR + 16 * MINUTE, [], { handedOut }).idleMs).toBe(HOUR + 15 * MINUTE);
    // On a laptop waits are shorter than they say.
    expect(judged(HOUR + 2 * MINUTE, [], { handedOut }).idleMs).toBe(HOUR + 2 * MINUTE);
  });

  it('does not count the time before a batch was begun, nor that before Plan was, and adds it up', () => {
    const worked = [report({ lambdaMs: MINUTE, atMs: 3 * HOUR })];
    const first = judged(5 * HOUR, worked);
    expect(first).toMatchObject({ idleMs: HOUR + MINUTE, lost: { sinceMs: 0, ms: 4 * HOUR - MINUTE } });
    const handedOut = { next: 'copy-parts', atMs: 5 * HOUR, waitMs: 0 };
    expect(judged(7 * HOUR, [], { lost: first.lost, handedOut }).idleMs).toBe(HOUR + MINUTE);
  });

  it('knows a round of which Lambda began nothing, and does not take it for one that the stores spoiled', () => {
    expect(judged(HOUR + 10 * MINUTE)).toMatchObject({ foundNoRoom: true, idleRounds: 0 });
  });

  it('does not know one where functions died, one that noted a failure, and a Complete that came back', () => {
    expect(judged(HOUR + MINUTE)).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    expect(judged(HOUR + 10 * MINUTE, [report({})])).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    const noted = { round: 2, name: 'Unreachable', message: '' };
    expect(judged(HOUR + 10 * MINUTE, [], { noted })).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    const handedOut = { next: 'complete', atMs: HOUR, waitMs: 0 };
    expect(judged(HOUR + 10 * MINUTE, [], { handedOut })).toMatchObject({
      ...{ foundNoRoom: false, idleRounds: 1, idleMs: HOUR + 10 * MINUTE },
    });
  });

  it('ends with a part, and what followed it counts from then on', () => {
    const worked = [report({ lambdaMs: 9 * MINUTE, partDoneAtMs: HOUR + MINUTE, atMs: HOUR + 3 * MINUTE })];
    const done = idleness(transfer(), { partsDone: 5, reports: worked, nowMs: 4 * HOUR });
    expect(done).toMatchObject({ idleRounds: 0, idleMs: 2 * MINUTE, progressAtMs: HOUR + MINUTE });
    expect(done.lost).toEqual({ sinceMs: HOUR + MINUTE, ms: 4 * HOUR - (HOUR + 3 * MINUTE) });
  });

  it('does not end with a part that the target does not have', () => {
    const worked = [report({ lambdaMs: MINUTE, partDoneAtMs: HOUR + MINUTE, atMs: HOUR + MINUTE })];
    expect(judged(HOUR + MINUTE, worked)).toMatchObject({ idleRounds: 1, idleMs: HOUR + MINUTE, progressAtMs: 0 });
  });

  it('forgets what was lost before somebody resumed', () => {
    const resumed = { progressAtMs: 2 * HOUR, lost: { sinceMs: 0, ms: HOUR } };
    expect(idleMsOf(transfer(resumed), [], 2 * HOUR + MINUTE)).toBe(0);
    expect(judged(2 * HOUR + MINUTE, [], resumed).lost).toEqual({ sinceMs: 2 * HOUR, ms: MINUTE });
  });

  it('counts the time in which Plan could not reach a store', () => {
    const away = { awaySinceMs: HOUR, awayUntilMs: HOUR + 20 * MINUTE };
    expect(judged(4 * HOUR, [], away).idleMs).toBe(HOUR + 20 * MINUTE);
  });

  it('of a round that older code began counts all the time', () => {
    expect(judged(4 * HOUR, [], { handedOut: undefined })).toMatchObject({ idleMs: 4 * HOUR, foundNoRoom: false });
  });
});
