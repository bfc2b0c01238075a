import { GiB, MiB } from './sizes.ts';

export const speedNames = ['economy', 'balanced', 'fast'] as const;
export type Speed = (typeof speedNames)[number];

/** What a speed means. All numbers follow from the model of `npm run bench:speed`: docs/limits-and-cost.md. */
export type SpeedFacts = {
  /** The memory of the Lambdas that move bytes, if the stack is built for this speed. Network and CPU follow from it. */
  readonly copyingMiB: number;
  /** How many parts one Lambda copies at once, at most. */
  readonly partsAtOnce: number;
  /** The size of a part, if nothing else decides it. Larger parts need fewer requests, smaller ones more Lambdas at once. */
  readonly partBytes: number;
  /** So much is a batch at most. A Lambda moves it in about five minutes, a third of the time that it has. */
  readonly batchBytes: number;
  readonly partsPerBatchMin: number;
};

export const speeds: Readonly<Record<Speed, SpeedFacts>> = {
  economy: { copyingMiB: 768, partsAtOnce: 4, partBytes: 128 * MiB, batchBytes: 22 * GiB, partsPerBatchMin: 4 },
  balanced: { copyingMiB: 1024, partsAtOnce: 4, partBytes: 64 * MiB, batchBytes: 22 * GiB, partsPerBatchMin: 4 },
  fast: { copyingMiB: 8192, partsAtOnce: 16, partBytes: 64 * MiB, batchBytes: 44 * GiB, partsPerBatchMin: 2 },
};
