/** Random choices that can be repeated: the same seed chooses the same victims, times and pairs. */
export type Chance = {
  /** A whole number; both ends are possible. */
  between(least: number, most: number): number;
  pick<T>(things: readonly T[]): T;
};

/** Mulberry32, by Tommy Ettinger. 32 bits of state are enough for such choices, and every seed works. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1));
  return { between, pick: (things) => things[between(0, things.length - 1)]! };
}
