/** Random numbers from a seed. The same seed gives the same world on every machine and in every order of imports. */
export type Chance = {
  /** From 0 (inclusive) to 1. */
  real(): number;
  /** Both ends are inclusive. */
  whole(least: number, most: number): number;
  happens(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A number between both ends. Every order of magnitude is equally likely. */
  magnitude(least: number, most: number): number;
  /** An independent source, so that the draws of one part of the world do not change those of another. */
  branch(): Chance;
};

/** xoshiro128** by Blackman and Vigna (https://prng.di.unimi.it), its state filled by splitmix32. */
export function chanceOf(seed: number): Chance {
  const filled = splitmix(seed);
  let [a, b, c, d] = [filled(), filled(), filled(), filled()];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const real = () => next() / 2 ** 32;
  const whole = (least: number, most: number) => least + Math.floor(real() * (most - least + 1));
  return {
    real,
    whole,
    happens: (probability) => real() < probability,
    pick: (choices) => choices[whole(0, choices.length - 1)]!,
    magnitude: (least, most) => Math.round(least * (most / least) ** real()),
    branch: () => chanceOf(next()),
  };
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) | 0;
  };
}
