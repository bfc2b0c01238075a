import { describe, expect, it } from 'vitest';
import { idleMsOf, idleness } from '../../functions/transfer/budgets/idleness.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { type BatchReport, nothingYet } from '../../functions/transfer/tally.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { requestFor } from '../workflow/request.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A transfer in round 2. Plan handed that round out an hour after the last part was copied. */
const transfer = (more: Partial<Transfer> = {}): Transfer => ({
  ...newTransfer('t', parseRequest(requestFor()), 0),
  round: 2,
  progressAtMs: 0,
  handedOut: { next: 'copy-parts', atMs: HOUR, waitMs: 0 },
  tally: { ...nothingYet, partsCopied: 4 },
  ...more,
});

const report = (more: Partial<BatchReport>): BatchReport => ({
  firstPart: 1,
  round: 2,
  ...nothingYet,
  bytesInFlight: 0,
  ...more,
});

const judged = (nowMs: number, reports: BatchReport[] = [], more: Partial<Transfer> = {}) =>
  idleness(transfer(more), { partsDone: 4, reports, nowMs });

describe('Idleness', () => {
  it('counts the time in which batches copied no part, and the time before the round', () => {
    const worked = [report({ lambdaMs: 5 * MINUTE, atMs: HOUR + 5 * MINUTE })];
    expect(judged(HOUR + 5 * MINUTE, worked)).toMatchObject({ idleRounds: 1, idleMs: HOUR + 5 * MINUTE });
  });

  it('counts the time of several simultaneous batches only once', () => {
    const batch = { lambdaMs: 5 * MINUTE, atMs: HOUR + 5 * MINUTE };
    expect(judged(HOUR + 5 * MINUTE, [report(batch), report(batch)]).idleMs).toBe(HOUR + 5 * MINUTE);
  });

  it('counts the wait that Plan handed out, as far as it has passed', () => {
    const handedOut = { next: 'copy-parts', atMs: HOUR, waitMs: 15 * MINUTE };
    expect(judged(HOUR + 16 * MINUTE, [], { handedOut }).idleMs).toBe(HOUR + 15 * MINUTE);
    // The local stack shortens waits.
    expect(judged(HOUR + 2 * MINUTE, [], { handedOut }).idleMs).toBe(HOUR + 2 * MINUTE);
  });

  it('does not count the time in which a batch or Plan waited for Lambda, and adds that time up separately', () => {
    const worked = [report({ lambdaMs: MINUTE, atMs: 3 * HOUR })];
    const first = judged(5 * HOUR, worked);
    expect(first).toMatchObject({ idleMs: HOUR + MINUTE, lost: { sinceMs: 0, ms: 4 * HOUR - MINUTE } });
    const handedOut = { next: 'copy-parts', atMs: 5 * HOUR, waitMs: 0 };
    expect(judged(7 * HOUR, [], { lost: first.lost, handedOut }).idleMs).toBe(HOUR + MINUTE);
  });

  it('recognizes a round in which Lambda began nothing, and does not blame the stores for it', () => {
    expect(judged(HOUR + 10 * MINUTE)).toMatchObject({ foundNoRoom: true, idleRounds: 0 });
  });

  it('blames the stores for a round whose functions died or noted a failure, and for a Complete that came back', () => {
    expect(judged(HOUR + MINUTE)).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    expect(judged(HOUR + 10 * MINUTE, [report({})])).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    const noted = { round: 2, name: 'Unreachable', message: '' };
    expect(judged(HOUR + 10 * MINUTE, [], { noted })).toMatchObject({ foundNoRoom: false, idleRounds: 1 });
    const handedOut = { next: 'complete', atMs: HOUR, waitMs: 0 };
    expect(judged(HOUR + 10 * MINUTE, [], { handedOut })).toMatchObject({
      foundNoRoom: false,
      idleRounds: 1,
      idleMs: HOUR + 10 * MINUTE,
    });
  });

  it('ends when a part is copied, and begins anew at that moment', () => {
    const worked = [report({ lambdaMs: 9 * MINUTE, partDoneAtMs: HOUR + MINUTE, atMs: HOUR + 3 * MINUTE })];
    const done = idleness(transfer(), { partsDone: 5, reports: worked, nowMs: 4 * HOUR });
    expect(done).toMatchObject({ idleRounds: 0, idleMs: 2 * MINUTE, progressAtMs: HOUR + MINUTE });
    expect(done.lost).toEqual({ sinceMs: HOUR + MINUTE, ms: 4 * HOUR - (HOUR + 3 * MINUTE) });
  });

  it('does not end with a part that the target does not have', () => {
    const worked = [report({ lambdaMs: MINUTE, partDoneAtMs: HOUR + MINUTE, atMs: HOUR + MINUTE })];
    expect(judged(HOUR + MINUTE, worked)).toMatchObject({ idleRounds: 1, idleMs: HOUR + MINUTE, progressAtMs: 0 });
  });

  it('begins anew when somebody resumes the transfer', () => {
    const resumed = { progressAtMs: 2 * HOUR, lost: { sinceMs: 0, ms: HOUR } };
    expect(idleMsOf(transfer(resumed), [], 2 * HOUR + MINUTE)).toBe(0);
    expect(judged(2 * HOUR + MINUTE, [], resumed).lost).toEqual({ sinceMs: 2 * HOUR, ms: MINUTE });
  });

  it('counts the time in which Plan could not reach a store', () => {
    const away = { awaySinceMs: HOUR, awayUntilMs: HOUR + 20 * MINUTE };
    expect(judged(4 * HOUR, [], away).idleMs).toBe(HOUR + 20 * MINUTE);
  });

  it('counts all the time of a round that older code began', () => {
    expect(judged(4 * HOUR, [], { handedOut: undefined })).toMatchObject({ idleMs: 4 * HOUR, foundNoRoom: false });
  });
});
