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
  planCopy,
  planEnded,
  planParts,
  planStream,
} from '../../functions/transfer/plan.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { GiB, MiB, TiB } from '../../functions/transfer/values/sizes.ts';

const byItself = { partBytes: undefined, multipartThresholdBytes: undefined };
const limits: PartLimits = profiles.aws.part;
const at = (endpoint: string) => ({ endpoint, bucket: 'data', key: 'x' });

// Every size at which a limit begins, and one byte less and more.
const edges = [5 * MiB, 64 * MiB, 5 * GiB, 10_000 * 64 * MiB, 5 * TiB, limits.objectBytesMax - 1].flatMap((bytes) => [
  bytes - 1,
  bytes,
  bytes + 1,
]);

/** Every plan must keep all of these limits. */
function keepsTheLimits(plan: Plan, part = limits): void {
  expect(plan.partCount).toBeLessThanOrEqual(part.partCountMax);
  expect(plan.partBytes).toBeLessThanOrEqual(part.partBytesMax);
  if (plan.partCount > 1) expect(plan.partBytes).toBeGreaterThanOrEqual(part.partBytesMin);
  expect(plan.partBytes * (plan.partCount - 1)).toBeLessThan(plan.objectBytes);
  expect(plan.partBytes * plan.partCount).toBeGreaterThanOrEqual(plan.objectBytes);
}

/** Each part must begin directly after the one before, from byte 0 to the end. */
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

describe('a plan', () => {
  it.each(edges)('of %d bytes covers the object exactly, within the limits', (objectBytes) => {
    const plan = planParts(objectBytes, limits, byItself);
    keepsTheLimits(plan);
    tiles(plan);
  });

  it('covers any object exactly, within the limits of every provider', () => {
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

  it('may have 10,000 parts of the size that was asked for, and one byte more is refused', () => {
    const choices = { ...byItself, partBytes: 5 * MiB };
    expect(planParts(10_000 * 5 * MiB, limits, choices).partCount).toBe(10_000);
    expect(() => planParts(10_000 * 5 * MiB + 1, limits, choices)).toThrow(
      expect.objectContaining({ name: 'InvalidRequest' }),
    );
  });

  it('may have 48.8 TiB, and one byte more is refused as TooLarge', () => {
    expect(planParts(10_000 * 5 * GiB, limits, byItself)).toEqual({
      objectBytes: 10_000 * 5 * GiB,
      partBytes: 5 * GiB,
      partCount: 10_000,
    });
    expect(() => planParts(10_000 * 5 * GiB + 1, limits, byItself)).toThrow(
      expect.objectContaining({ name: 'TooLarge' }),
    );
  });

  it('with too small or too large parts is refused, and the message names the limit', () => {
    expect(() => planParts(64 * MiB, limits, { ...byItself, partBytes: 5 * MiB - 1 })).toThrow(
      /^`partBytes` is 5,242,879 bytes; .* at least 5 MiB/,
    );
    const fixed = { ...limits, partBytesMin: 8 * MiB, partBytesMax: 8 * MiB };
    expect(() => planParts(64 * MiB, fixed, { ...byItself, partBytes: 4 * MiB })).toThrow(/exactly 8 MiB/);
    expect(() => planParts(64 * GiB, limits, { ...byItself, partBytes: 5 * GiB + 1 })).toThrow(/at most 5 GiB/);
  });

  it('uses the part size that a provider prescribes', () => {
    const fixed = { ...limits, partBytesMin: 8 * MiB, partBytesMax: 8 * MiB };
    expect(planParts(GiB, fixed, byItself).partBytes).toBe(8 * MiB);
    expect(() => planParts(79 * GiB, fixed, byItself)).toThrow(expect.objectContaining({ name: 'TooLarge' }));
  });

  it('sends an empty object in one request, and so every object up to the threshold', () => {
    expect(goesWhole(0, limits, { ...byItself, multipartThresholdBytes: 0 })).toBe(true);
    expect(goesWhole(64 * MiB, limits, byItself)).toBe(true);
    expect(goesWhole(64 * MiB + 1, limits, byItself)).toBe(false);
    expect(goesWhole(6 * GiB, limits, { ...byItself, multipartThresholdBytes: 10 * GiB })).toBe(false);
  });

  it('cuts what is larger than the requested part size, unless a threshold is requested too', () => {
    expect(goesWhole(20 * MiB, limits, { ...byItself, partBytes: 8 * MiB })).toBe(false);
    expect(goesWhole(8 * MiB, limits, { ...byItself, partBytes: 8 * MiB })).toBe(true);
    expect(goesWhole(65 * MiB, limits, { ...byItself, partBytes: GiB })).toBe(false);
    expect(goesWhole(20 * MiB, limits, { partBytes: 8 * MiB, multipartThresholdBytes: 32 * MiB })).toBe(true);
  });

  it('has parts of at most 64 MiB where a Lambda must hold each in memory, and says so before an upload begins', () => {
    const copy = (more: object) => parseRequest({ source: at('a'), target: at('b'), ...more });
    const held = { part: limits, partChecksum: 'header' } as const;
    expect(() => planCopy(GiB, copy({ partBytes: 65 * MiB }), held)).toThrow(
      /`partBytes` is 65 MiB; .* at most 64 MiB/,
    );
    expect(() => planCopy(TiB, copy({}), held)).toThrow(expect.objectContaining({ name: 'TooLarge' }));
    expect(planCopy(GiB, copy({ multipartThresholdBytes: 2 * GiB }), held).method).toBe('parts');
    expect(planCopy(GiB, copy({ partBytes: 65 * MiB }), { ...held, partChecksum: 'trailer' }).plan.partBytes).toBe(
      65 * MiB,
    );
    const resumeFrom = { uploadId: 'u', partBytes: 65 * MiB };
    expect(planCopy(GiB, copy({ resumeFrom }), held).plan.partBytes).toBe(65 * MiB);
  });
});

describe('a plan of a stream', () => {
  const anyProfile = fc.constantFrom(...Object.values(profiles));
  const anyChoices = fc.record({
    expectBytes: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    spools: fc.boolean(),
  });
  const chosen = (
    { part }: (typeof profiles)['aws'],
    { expectBytes, spools }: { expectBytes?: number | undefined; spools: boolean },
  ) => {
    const largest = Math.min(part.objectBytesMax, part.partBytesMax * part.partCountMax);
    return {
      spools,
      expectBytes: expectBytes === undefined ? undefined : Math.max(1, Math.floor(largest * expectBytes ** 8)),
    };
  };

  it('keeps the limits of every provider, and has room for what is expected', () => {
    fc.assert(
      fc.property(anyProfile, anyChoices, (profile, asked) => {
        const choices = chosen(profile, asked);
        const plan = planStream(profile, choices);
        const { part } = profile;
        expect(plan.partCount).toBeLessThanOrEqual(part.partCountMax);
        expect(plan.objectBytes).toBeLessThanOrEqual(part.objectBytesMax);
        expect(plan.objectBytes).toBeGreaterThanOrEqual(choices.expectBytes ?? 0);
        if (profile.partsAreEqual) expect(plan.growth).toBeUndefined();
        // Two of these fit into a client's memory.
        if (!choices.expectBytes && !choices.spools) expect(plan.partBytes).toBeLessThanOrEqual(68 * MiB);
        for (const partNumber of [1, 32, 33, 64, 65, plan.partCount - 1]) {
          expect(partLength(plan, partNumber)).toBeGreaterThanOrEqual(part.partBytesMin);
          expect(partLength(plan, partNumber)).toBeLessThanOrEqual(Math.min(part.partBytesMax, plan.partBytes));
        }
      }),
    );
  });

  it('has ranges that follow each other, which are the same when the stream has ended', () => {
    fc.assert(
      fc.property(anyProfile, anyChoices, fc.double({ min: 0, max: 1, noNaN: true }), (profile, asked, where) => {
        const open = planStream(profile, chosen(profile, asked));
        const ended = planEnded(open, Math.max(1, Math.floor(open.objectBytes * where ** 4)));
        tiles(ended);
        for (const partNumber of [1, Math.ceil(ended.partCount / 2), ended.partCount - 1].filter((each) => each > 0))
          if (partNumber < ended.partCount) expect(partRange(ended, partNumber)).toEqual(partRange(open, partNumber));
        expect(partLength(ended, ended.partCount)).toBeLessThanOrEqual(partLength(open, ended.partCount));
      }),
      { numRuns: 30 },
    );
  });

  it('is one of growing parts for 700 GB, or of equal ones where a provider wants these', () => {
    const growing = planStream(profiles.aws, {});
    expect(growing).toMatchObject({
      growth: { firstBytes: 8 * MiB, everyParts: 32 },
      partBytes: 68 * MiB,
      partCount: 10_000,
    });
    expect(growing.objectBytes).toBeGreaterThanOrEqual(700e9);
    const sizes = [1, 32, 33, 65, 97, 128, 129, 10_000].map((partNumber) => partLength(growing, partNumber) / MiB);
    expect(sizes).toEqual([8, 8, 16, 32, 64, 64, 68, 68]);
    expect(planStream(profiles.r2, {})).toEqual({ partBytes: 68 * MiB, partCount: 10_000, objectBytes: 680_000 * MiB });
    expect(planStream(profiles.us3, {})).toEqual({ partBytes: 8 * MiB, partCount: 10_000, objectBytes: 80_000 * MiB });
  });

  it('has parts of one size again, when it ends before they grow', () => {
    const ended = planEnded(planStream(profiles.aws, {}), 20 * MiB);
    expect(ended).toEqual({ partBytes: 8 * MiB, partCount: 3, objectBytes: 20 * MiB });
  });

  it('has room for 5 TiB if the client spools, as far as the target takes that', () => {
    expect(planStream(profiles.aws, { spools: true }).objectBytes).toBeGreaterThanOrEqual(5 * TiB);
    expect(planStream(profiles.minio, { spools: true }).objectBytes).toBe(5 * TiB);
    expect(planStream(profiles.us3, { spools: true }).objectBytes).toBe(80_000 * MiB);
  });

  it('refuses what no part size can hold, and a part size that cannot hold what is expected', () => {
    const refused = (name: string) => expect.objectContaining({ name });
    expect(() => planStream(profiles.us3, { expectBytes: 79 * GiB })).toThrow(refused('TooLarge'));
    expect(() => planStream(profiles.aws, { expectBytes: 79 * GiB, partBytes: 5 * MiB })).toThrow(
      refused('InvalidRequest'),
    );
    expect(() => planStream(profiles.aws, { partBytes: MiB })).toThrow(refused('InvalidRequest'));
  });

  it('holds the largest object that its target takes, in equal parts if need be', () => {
    const largest = 10_000 * 5 * GiB;
    expect(planStream(profiles.aws, { expectBytes: largest })).toEqual({
      partBytes: 5 * GiB,
      partCount: 10_000,
      objectBytes: largest,
    });
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
        const batches = batchesOf(plan, missing, { countMax: BATCHES_A_ROUND_MAX });
        const covered = missing.filter(
          (partNumber) =>
            batches.filter(({ firstPart, lastPart }) => firstPart <= partNumber && partNumber <= lastPart).length === 1,
        );
        expect(covered).toHaveLength(missing.length);
        expect(JSON.stringify({ transferId: 'f'.repeat(32), round: 999, batches }).length).toBeLessThan(256 * 1024);
        // The events of the Map, and for each batch seven events and one retry.
        expect(4 + (7 + 3) * batches.length).toBeLessThan(HISTORY_EVENTS_MAX);
      }),
      { numRuns: 30 },
    );
  });

  it('are at most 2,000 for 10,000 parts of 5 GiB, and make three waves if the parts are small', () => {
    const huge = { objectBytes: 10_000 * 5 * GiB, partBytes: 5 * GiB, partCount: 10_000 };
    expect(partsPerBatch(huge)).toBe(5);
    const small = { objectBytes: 10_000 * 64 * MiB, partBytes: 64 * MiB, partCount: 10_000 };
    expect(partsPerBatch(small)).toBe(84);
  });
});
