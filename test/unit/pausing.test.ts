import { describe, expect, it } from 'vitest';
import { bytesTooSlow, hasBytesUnderWay, partsInTime } from '../../functions/transfer/budgets/pausing.ts';
import { type BatchReport, nothingYet } from '../../functions/transfer/tally.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';

const part = (partNumber: number, sentMiB: number, leftMiB: number, mibPerSecond: number) => ({
  partNumber,
  bytesSent: sentMiB * MiB,
  bytesLeft: leftMiB * MiB,
  bytesPerSecond: mibPerSecond * MiB,
});

describe('The parts that can finish after a pause', () => {
  it('are those whose own rate is enough', () => {
    const parts = [part(1, 32, 32, 1), part(2, 4, 60, 1.01), part(3, 1, 64, 1)];
    expect(partsInTime(parts.slice(2), 60_000)).toEqual(new Set());
    expect(partsInTime(parts, 60_000)).toEqual(new Set([1, 2, 3]));
    expect(partsInTime(parts, 33_000)).toEqual(new Set([1, 2]));
  });

  it('are also those that finish in the share of the parts that are given up', () => {
    // Four parts share 1 MiB/s. Each of them alone would need more than a minute.
    const parts = [1, 2, 3, 4].map((partNumber) => part(partNumber, 8 * partNumber, 64 - 8 * partNumber, 0.25));
    expect(partsInTime(parts, 60_000)).toEqual(new Set([4]));
    expect(bytesTooSlow(parts)).toBe((8 + 16 + 24) * MiB);
  });

  it('include a part that waits for the answer of the target, and no part that has not moved', () => {
    expect(partsInTime([part(1, 64, 0, 0), part(2, 0, 64, 0)], 60_000)).toEqual(new Set([1]));
    expect(partsInTime([part(1, 32, 32, 1)], -1)).toEqual(new Set());
  });
});

describe('Bytes under way', () => {
  const report: BatchReport = { ...nothingYet, firstPart: 1, round: 2, bytesInFlight: 1, atMs: 10_000 };

  it('count only in this round, and only while the batch shows signs of life', () => {
    expect(hasBytesUnderWay([report], 2, 11_000)).toBe(true);
    expect(hasBytesUnderWay([report], 3, 11_000)).toBe(false);
    expect(hasBytesUnderWay([report], 2, 60_000)).toBe(false);
    expect(hasBytesUnderWay([{ ...report, bytesInFlight: 0 }], 2, 11_000)).toBe(false);
  });
});
