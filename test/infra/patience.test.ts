import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lambdaOutages } from '../../infra/lambda-failures.ts';
import { chanceOf } from '../simulation/chance.ts';

type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds: number;
  BackoffRate: number;
  MaxDelaySeconds: number;
  MaxAttempts: number;
  JitterStrategy: string;
};

const machine = JSON.parse(readFileSync(new URL('machine.golden.json', import.meta.url), 'utf8'));
const retrierOf = (state: string, error: string): Retrier =>
  machine.States[state].Retry.find(({ ErrorEquals }: Retrier) => ErrorEquals.includes(error));

const HOUR_SECONDS = 3600;
const SEEDS = 2000;

/** The delays of one run, as Step Functions chooses them: each is a random part of its full length. */
function delaysOf({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }: Retrier, seed: number): number[] {
  const { real } = chanceOf(seed);
  return Array.from(
    { length: MaxAttempts },
    (_, tries) => real() * Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** tries),
  );
}

/** How long the shortest of a hundred runs tries. */
function firstPercentileSeconds(retrier: Retrier): number {
  expect(retrier.JitterStrategy).toBe('FULL');
  const sums = Array.from({ length: SEEDS }, (_, seed) => delaysOf(retrier, seed).reduce((sum, one) => sum + one, 0));
  return sums.toSorted((one, other) => one - other)[SEEDS / 100]!;
}

describe('The committed state machine', () => {
  it('lets an object that arrived wait at least a day for its older version, with any jitter', () => {
    const seconds = firstPercentileSeconds(retrierOf('Initiate', 'Queued'));
    expect(seconds).toBeGreaterThan(24 * HOUR_SECONDS);
    expect(seconds).toBeLessThan(30 * HOUR_SECONDS);
  });

  it.each(['Initiate', 'Plan', 'Copy whole', 'Complete', 'Abort'])(
    'tries %s for a day while Lambda has no room for it',
    (state) => {
      for (const error of lambdaOutages)
        expect(firstPercentileSeconds(retrierOf(state, error))).toBeGreaterThan(24 * HOUR_SECONDS);
    },
  );

  it('does not let a thousand waiting executions try again at the same moment', () => {
    const retrier = retrierOf('Plan', lambdaOutages[0]);
    const firstDelays = Array.from({ length: 1000 }, (_, seed) => delaysOf(retrier, seed)[11]!);
    const inOneMinute = firstDelays.filter((seconds) => seconds >= 60 && seconds < 120);
    expect(inOneMinute.length).toBeLessThan(1000 / 10);
  });

  it('continues within 15 minutes after the cause is gone', () => {
    for (const error of ['Queued', ...lambdaOutages])
      expect(retrierOf('Initiate', error).MaxDelaySeconds).toBeLessThanOrEqual(HOUR_SECONDS / 4);
  });
});
