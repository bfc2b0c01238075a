import { describe, expect, it } from 'vitest';
import { bytesPerSecond, firstSample, nextSample, type Rate, secondsLeft } from '../../tools/cli/text/rate.ts';

/** The rate after one sample each second, beginning with `bytes[0]`. */
function rateOf(...bytes: number[]): Rate {
  const [first = 0, ...others] = bytes;
  return others.reduce((rate, now, index) => nextSample(rate, (index + 1) * 1000, now), firstSample(0, first));
}

describe('the rate', () => {
  it('is unknown after one sample', () => {
    expect(bytesPerSecond(rateOf(500))).toBeUndefined();
    expect(secondsLeft(rateOf(500), 1000)).toBeUndefined();
  });

  it('is exact from the first second on if the speed is steady', () => {
    expect(bytesPerSecond(rateOf(0, 100))).toBeCloseTo(100);
    expect(bytesPerSecond(rateOf(0, 100, 200, 300))).toBeCloseTo(100);
  });

  it('does not count bytes that were there before a resume', () => {
    expect(bytesPerSecond(rateOf(1_000_000, 1_000_100))).toBeCloseTo(100);
  });

  it('has moved three fifths of the way to a new speed after five seconds', () => {
    const still = Array.from({ length: 60 }, () => 0);
    const rate = bytesPerSecond(rateOf(...still, 100, 200, 300, 400, 500))!;
    expect(rate).toBeGreaterThan(60);
    expect(rate).toBeLessThan(66);
  });

  it('does not depend on how often it is sampled', () => {
    let often = firstSample(0, 0);
    for (let atMs = 250; atMs <= 4000; atMs += 250) often = nextSample(often, atMs, atMs / 10);
    expect(bytesPerSecond(often)).toBeCloseTo(bytesPerSecond(rateOf(0, 100, 200, 300, 400))!);
  });

  it('counts 0 bytes if the number of bytes falls, and continues from there', () => {
    expect(bytesPerSecond(rateOf(0, 100, 0))).toBeLessThan(100);
    expect(bytesPerSecond(rateOf(100, 0, 100))).toBeGreaterThan(0);
  });

  it('ignores a clock that stops or goes back', () => {
    const rate = rateOf(0, 100);
    expect(nextSample(rate, 1000, 200)).toBe(rate);
    expect(nextSample(rate, 900, 200)).toBe(rate);
  });
});

describe('the time that is left', () => {
  it('is the number of missing bytes divided by the rate', () => {
    expect(secondsLeft(rateOf(0, 100), 1100)).toBeCloseTo(10);
  });

  it('is unknown if no bytes move', () => {
    expect(secondsLeft(rateOf(100, 100, 100), 1000)).toBeUndefined();
  });

  it('is never negative', () => {
    expect(secondsLeft(rateOf(0, 1100), 1000)).toBe(0);
  });
});
