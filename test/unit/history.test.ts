import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCHES_A_ROUND_MAX } from '../../functions/transfer/batches.ts';
import {
  batchesThatFit,
  corrected,
  countEvents,
  eventsInTheEnd,
  HISTORY_EVENTS_MAX,
  handOn,
  hasRoomFor,
} from '../../functions/transfer/budgets/history.ts';
import { BATCH_OUTAGE_RETRIES_MAX, OUTAGE_RETRIES_MAX, RETRIES_MAX } from '../../functions/transfer/messages.ts';

const execution = { arn: 'arn', redriveCount: 0 };
const known = { events: 100, assumed: 0, redriveCount: 0 };
const given = (more: object) => ({ execution, input: { transferId: 't', history: known, ...more } });

describe('The room in a history', () => {
  // The events of a state that decides, if both of its retriers try as often as they may. A batch passes one more state.
  const stateEvents = 2 + 3 * (1 + RETRIES_MAX + OUTAGE_RETRIES_MAX);
  const batchEvents = 2 + 2 + 3 * (1 + RETRIES_MAX + BATCH_OUTAGE_RETRIES_MAX) + 2;

  it('is enough for all retries of every batch that is handed out, and then for Plan, Complete, Plan and Abort', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: HISTORY_EVENTS_MAX }), (eventsSoFar) => {
        const count = batchesThatFit(eventsSoFar);
        expect(count).toBeLessThanOrEqual(BATCHES_A_ROUND_MAX);
        if (count > 0) expect(eventsSoFar + 4 + batchEvents * count + 4 * stateEvents).toBeLessThan(HISTORY_EVENTS_MAX);
        expect(hasRoomFor(eventsSoFar, { batches: count })).toBe(count > 0 || hasRoomFor(eventsSoFar, { batches: 0 }));
        expect(hasRoomFor(eventsSoFar, { batches: count + 1 })).toBe(false);
      }),
    );
  });

  it('is enough to copy and read back 10,000 parts of 64 MiB, in 157 batches each', () => {
    const copied = 100 + 4 + 7 * 157;
    expect(batchesThatFit(0)).toBeGreaterThan(400);
    expect(batchesThatFit(copied)).toBeGreaterThan(157);
  });

  it('is enough for 2,000 batches, the most that an object can have, in at most seven rounds', () => {
    let events = 20;
    let left = 2000;
    let rounds = 0;
    for (; left > 0 && batchesThatFit(events) > 0; rounds += 1) {
      const count = Math.min(left, batchesThatFit(events));
      left -= count;
      events += 13 + 4 + 7 * count;
    }
    expect([left, rounds <= 7, hasRoomFor(events, 'complete')]).toEqual([0, true, true]);
  });

  it('is refused early, so that a step which was begun can still end', () => {
    for (const next of ['go-on', 'complete', 'copy-whole'] as const) {
      expect(hasRoomFor(0, next)).toBe(true);
      expect(hasRoomFor(HISTORY_EVENTS_MAX - 2 * stateEvents, next)).toBe(false);
    }
  });
});

describe('The count of events', () => {
  it('of the first state begins with the start of the execution', () => {
    const started = { execution, input: { transferId: 't' } };
    expect(countEvents(started)).toEqual({ events: 1 + 3, assumed: 0, redriveCount: 0 });
    expect(countEvents({ ...started, retryCount: 20 })).toEqual({ events: 1 + 3 + 60, assumed: 0, redriveCount: 0 });
  });

  it('is unknown for an execution that began before the count existed', () => {
    expect(countEvents({ execution })).toBeUndefined();
    expect(countEvents({ execution, input: { transferId: 't', next: 'wait', waitSeconds: 60 } })).toBeUndefined();
    expect(
      countEvents({ execution, input: { transferId: 't', next: 'plan', history: { events: '7' } } }),
    ).toBeUndefined();
    expect(handOn(undefined, { choices: 1 })).toBeUndefined();
    expect(eventsInTheEnd(undefined)).toBeUndefined();
  });

  it('adds the retries that each batch of a round reports, and assumes the most for a batch that gave up', () => {
    const round = (batches: object[]) => countEvents(given({ next: 'copy-parts', batches }));
    expect(round([{ retries: 0 }, { retries: 5 }])).toMatchObject({ events: 100 + 4 + 7 + 22 + 3, assumed: 0 });
    expect(round([{}])).toMatchObject({ events: 100 + 4 + 45 + 3, assumed: 38 });
  });

  it('adds the retries that Copy whole reports, and assumes the most if its failure was caught', () => {
    const whole = (batches: unknown) => countEvents(given({ next: 'copy-whole', batches }));
    expect(whole({ whole: { retries: 2 } })).toMatchObject({ events: 100 + 11 + 3, assumed: 0 });
    expect(whole([])).toMatchObject({ events: 100 + 743 + 3, assumed: 738 });
  });

  it('assumes the most for a Complete that led back to Plan, and adds nothing for it in Complete itself', () => {
    const attempt = given({ next: 'complete', batches: [] });
    expect(countEvents(attempt)).toMatchObject({ events: 100 + 743 + 3, assumed: 738 });
    expect(countEvents(attempt, { isHandedOut: true })).toMatchObject({ events: 100 + 3, assumed: 0 });
  });

  it('assumes the most for what led back to Initiate, and for each redrive', () => {
    const failure = { Error: 'UploadLost', Cause: '' };
    expect(countEvents(given({ next: 'plan', failure }))?.assumed).toBe(4 * 743 + 720);
    const redriven = { ...given({ next: 'plan' }), execution: { arn: 'arn', redriveCount: 2 } };
    expect(countEvents(redriven)).toMatchObject({ events: 100 + 3 + 2 * 1886, assumed: 2 * 1884, redriveCount: 2 });
  });

  it('counts a redrive once, because the count that is handed on has the number of redrives', () => {
    const redriven = { ...given({ next: 'plan' }), execution: { arn: 'arn', redriveCount: 2 } };
    const history = handOn(countEvents(redriven), { choices: 2 });
    expect(countEvents({ ...redriven, input: { transferId: 't', next: 'plan', history } })?.assumed).toBe(2 * 1884);
  });

  it('is replaced by the real count, unless that answer is clearly too old', () => {
    const now = { events: 500, assumed: 300, redriveCount: 1 };
    expect(corrected(now, 350, 1)).toEqual({ events: 350, assumed: 0, redriveCount: 1 });
    expect(corrected(now, 900, 1).events).toBe(900);
    expect(corrected(now, 150, 1).events).toBe(200);
    expect(corrected(undefined, 900, 1)).toEqual({ events: 900, assumed: 0, redriveCount: 1 });
  });
});
