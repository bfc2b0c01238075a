import type { Bench } from '../bench.ts';
import type { Rule } from '../tempers/temper.ts';

/** One column of the table. `run` throws when the claim fails, and gives the reason where it does not apply. */
export type Case = {
  readonly name: string;
  /** What is true of every provider that passes. */
  readonly claim: string;
  /** `key` is the case's own. */
  readonly run: (bench: Bench, key: string) => Promise<string | undefined> | Promise<void>;
};

/** Does something once, when the first request of this key and operation comes; all of them wait for its end. */
export function onceBefore(key: string, operation: string, act: () => Promise<unknown>): Rule {
  let done: Promise<unknown> | undefined;
  return {
    on: [operation],
    refuse: async (ask) => {
      if (ask.key !== key) return undefined;
      done ??= act();
      await done;
      return undefined;
    },
  };
}

/** As a Lambda that was killed: the connection breaks before the part was taken. */
export const hangingUp = (key: string, operation: string, fromPart = 0): Rule => ({
  on: [operation],
  refuse: (ask) => (ask.key === key && ask.partNumber >= fromPart ? 'hang up' : undefined),
});
