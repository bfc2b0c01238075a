import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../functions/engine/claim/identity.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { partsPerBatch } from '../../functions/transfer/batches.ts';
import { costUsd } from '../../functions/transfer/budgets/cost.ts';
import { planFor } from '../../functions/transfer/plan.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { nothingYet } from '../../functions/transfer/tally.ts';
import { GiB, MiB, TiB } from '../../functions/transfer/values/sizes.ts';
import { type Speed, speeds } from '../../functions/transfer/values/speeds.ts';
import { copyAt } from '../bench/speed/model.ts';

const source = { endpoint: 'a', bucket: 'from', key: 'x' };
const target = { endpoint: 'b', bucket: 'to', key: 'x' };
const at = (speed: Speed) => parseRequest({ source, target, speed });

describe('A speed', () => {
  it('decides how many parts go at once, unless the request does', () => {
    const { partsAtOnce, speed } = parseRequest({ source, target });
    expect([partsAtOnce, speed]).toEqual([4, 'balanced']);
    expect(at('fast').partsAtOnce).toBe(16);
    expect(parseRequest({ source, target, speed: 'fast', partsAtOnce: 4 }).partsAtOnce).toBe(4);
  });

  it('decides the size of parts and batches, unless the request does', () => {
    const plan = (speed: Speed, partBytes?: number) =>
      planFor(100 * GiB, { ...at(speed), partBytes }, profiles.aws.part).plan;
    expect([plan('economy').partBytes, plan('balanced').partBytes]).toEqual([128 * MiB, 64 * MiB]);
    expect(plan('economy', 11 * MiB).partBytes).toBe(11 * MiB);
    const large = planFor(5 * TiB, at('fast'), profiles.aws.part).plan;
    expect([partsPerBatch(large, 'fast'), partsPerBatch(large, 'balanced'), partsPerBatch(large)]).toEqual([
      84, 42, 42,
    ]);
  });

  it('is refused by name if there is none of this name', () => {
    expect(() => parseRequest({ source, target, speed: 'turbo' })).toThrow(
      expect.objectContaining({ name: 'InvalidRequest', message: expect.stringMatching(/`speed`.*turbo/) }),
    );
  });

  it('is no part of what a request asks for', () => {
    expect(fingerprint(at('fast'))).toBe(fingerprint(at('economy')));
  });

  it('has its memory in the cost', () => {
    const work = { ...nothingYet, partsCopied: 16, lambdaMs: 60_000, invocations: 4 };
    const more = costUsd(work, { copyingMiB: 8192 }) - costUsd(work, { copyingMiB: 1024 });
    expect(more).toBeCloseTo(7 * 60 * 0.0000133334, 8);
    expect(costUsd(work)).toBe(costUsd(work, { copyingMiB: 1024 }));
  });

  it('costs what docs/limits-and-cost.md says, by the model', () => {
    const measured = { cpuSecondsAGiB: 3, lambdas: 40 };
    const fast = copyAt(5 * TiB, 'fast', speeds.fast, measured);
    expect(fast.seconds).toBeLessThan(600);
    expect(fast.usd).toBeLessThan(2.5);
    const economy = copyAt(5 * TiB, 'economy', speeds.economy, measured);
    expect(economy.usd).toBeLessThan(1.1);
    expect(economy.usd).toBeLessThan(copyAt(5 * TiB, 'balanced', speeds.balanced, measured).usd);
  });
});
