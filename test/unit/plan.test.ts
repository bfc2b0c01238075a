import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { BATCHES_A_ROUND_MAX, batchesOf, partsPerBatch } from '../../functions/transfer/batches.ts';
import { HISTORY_EVENTS_MAX } from '../../functions/transfer/budgets/history.ts';
import {
  goesWhole,
  missingParts,
  type PartLimits,
  type Plan,
  partLength,
  partRange,
  planParts,
} from '../../functions/transfer/plan.ts';
import { GiB, MiB, TiB } from '../../functions/transfer/values/sizes.ts';

const byItself = { partBytes: undefined, multipartThresholdBytes: undefined };
const limits: PartLimits = profiles.aws.part;

// The catalogue's sizes (letter A), each at its edge, and one byte to either side.
const edges = [5 * MiB, 64 * MiB, 5 * GiB, 10_000 * 64 * MiB, 5 * TiB, limits.objectBytesMax - 1].flatMap((bytes) => [
  bytes - 1,
  bytes,
  bytes + 1,
]);

/** Every plan that is handed out keeps all of these. */
function keepsTheLimits(plan: Plan, part = limits): void {
  expect(plan.partCount).toBeLessThanOrEqual(part.partCountMax);
  expect(plan.partBytes).toBeLessThanOrEqual(part.partBytesMax);
  if (plan.partCount > 1) expect(plan.partBytes).toBeGreaterThanOrEqual(part.partBytesMin);
  expect(plan.partBytes * (plan.partCount - 1)).toBeLessThan(plan.objectBytes);
  expect(plan.partBytes * plan.partCount).toBeGreaterThanOrEqual(plan.objectBytes);
}

/** First byte after last byte, from 0 to the end. */
function tiles(plan: Plan): void {
  let next = 0;
  for (let partNumber = 1; partNumber <= plan.partCount; partNumber += 1) {
    const range = partRange(plan, partNumber);
    expect(range.first).toBe(next);
    expect(range.last).toBeGreaterThanOrEqual(range.first);
    next = range.last + 1;
  }
  expect(next).toBe(plan.objectBytes);
}

describe('a plan (catalogue A)', () => {
  it.each(edges)('of %d bytes tiles the object within the limits', (objectBytes) => {
    const plan = planParts(objectBytes, limits, byItself);
    keepsTheLimits(plan);
    tiles(plan);
  });

  it('tiles any object within the limits of every provider', () => {
    const anyProfile = fc.constantFrom(...Object.values(profiles));
    fc.assert(
      fc.property(anyProfile, fc.double({ min: 0, max: 1, noNaN: true }), ({ part }, where) => {
        const largest = Math.min(part.objectBytesMax, part.partBytesMax * part.partCountMax);
        const plan = planParts(Math.max(1, Math.floor(largest * where ** 8)), part, byItself);
        keepsTheLimits(plan, part);
        for (const partNumber of [1, Math.ceil(plan.partCount / 2), plan.partCount])
          expect(partLength(plan, partNumber)).toBeGreaterThan(0);
        expect(partRange(plan, plan.partCount).last).toBe(plan.objectBytes - 1);
      }),
    );
  });

  it('takes exactly 10,000 parts of the size that was asked for, and refuses one byte more', () => {
    const choices = { ...byItself, partBytes: 5 * MiB };
    expect(planParts(10_000 * 5 * MiB, limits, choices).partCount).toBe(10_000);
    expect(() => planParts(10_000 * 5 * MiB + 1, limits, choices)).toThrow(
      expect.objectContaining({ name: 'InvalidRequest' }),
    );
  });

  it('takes 48.8 TiB, and refuses one byte more by name', () => {
    expect(planParts(10_000 * 5 * GiB, limits, byItself)).toEqual({
      objectBytes: 10_000 * 5 * GiB,
      partBytes: 5 * GiB,
      partCount: 10_000,
    });
    expect(() => planParts(10_000 * 5 * GiB + 1, limits, byItself)).toThrow(
      expect.objectContaining({ name: 'TooLarge' }),
    );
  });

  it('refuses parts that are too small or too large, and says what the limit is', () => {
    expect(() => planParts(64 * MiB, limits, { ...byItself, partBytes: 5 * MiB - 1 })).toThrow(
      /^`partBytes` is 5,242,879 bytes; .* at least 5 MiB/,
    );
    const fixed = { ...limits, partBytesMin: 8 * MiB, partBytesMax: 8 * MiB };
    expect(() => planParts(64 * MiB, fixed, { ...byItself, partBytes: 4 * MiB })).toThrow(/exactly 8 MiB/);
    expect(() => planParts(64 * GiB, limits, { ...byItself, partBytes: 5 * GiB + 1 })).toThrow(/at most 5 GiB/);
  });

  it('keeps to a part size that a provider fixes', () => {
    const fixed = { ...limits, partBytesMin: 8 * MiB, partBytesMax: 8 * MiB };
    expect(planParts(GiB, fixed, byItself).partBytes).toBe(8 * MiB);
    expect(() => planParts(79 * GiB, fixed, byItself)).toThrow(expect.objectContaining({ name: 'TooLarge' }));
  });

  it('sends empty objects as one request, and others up to the threshold', () => {
    expect(goesWhole(0, limits, { ...byItself, multipartThresholdBytes: 0 })).toBe(true);
    expect(goesWhole(64 * MiB, limits, byItself)).toBe(true);
    expect(goesWhole(64 * MiB + 1, limits, byItself)).toBe(false);
    expect(goesWhole(6 * GiB, limits, { ...byItself, multipartThresholdBytes: 10 * GiB })).toBe(false);
  });
});

describe('batches', () => {
  const anyPlan = fc
    .integer({ min: 1, max: 10_000 })
    .chain((partCount) =>
      fc
        .integer({ min: 1, max: 5 * 1024 })
        .map((partMiB): Plan => ({ objectBytes: partCount * partMiB * MiB, partBytes: partMiB * MiB, partCount })),
    );

  it('cover every missing part once, within 256 KiB and the event budget', () => {
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 7 }), (plan, everyNth) => {
        const copied = new Set(
          Array.from({ length: plan.partCount }, (_, index) => index + 1).filter(
            (partNumber) => partNumber % everyNth === 1,
          ),
        );
        const missing = missingParts(plan, copied);
        const batches = batchesOf(plan, missing, BATCHES_A_ROUND_MAX);
        const covered = missing.filter(
          (partNumber) =>
            batches.filter(({ firstPart, lastPart }) => firstPart <= partNumber && partNumber <= lastPart).length === 1,
        );
        expect(covered).toHaveLength(missing.length);
        expect(JSON.stringify({ transferId: 'f'.repeat(32), round: 999, batches }).length).toBeLessThan(256 * 1024);
        // The Map, and of each batch seven events and a retry.
        expect(4 + (7 + 3) * batches.length).toBeLessThan(HISTORY_EVENTS_MAX);
      }),
      { numRuns: 30 },
    );
  });

  it('are at most 2,000 for 10,000 parts of 5 GiB, and of about 4 GiB where parts are small', () => {
    const huge = { objectBytes: 10_000 * 5 * GiB, partBytes: 5 * GiB, partCount: 10_000 };
    expect(partsPerBatch(huge)).toBe(5);
    const small = { objectBytes: 10_000 * 64 * MiB, partBytes: 64 * MiB, partCount: 10_000 };
    expect(partsPerBatch(small)).toBe(64);
  });
});
