import type { Bench } from '../bench.ts';
import type { Rule } from '../tempers/temper.ts';

/** One row of the table. `run` throws if the claim is false. It returns the reason if the case does not apply. */
export type Case = {
  readonly name: string;
  /** A sentence that is true for every provider that passes. The provider is its subject. */
  readonly claim: string;
  /** Only this case uses `key`. */
  readonly run: (bench: Bench, key: string) => Promise<string | undefined> | Promise<void>;
};

/** Does something once before the first request with this key and operation. All such requests wait for its end. */
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

/** Breaks the connection before the store has taken the part, as a killed Lambda does. */
export const hangingUp = (key: string, operation: string, fromPart = 0): Rule => ({
  on: [operation],
  refuse: (ask) => (ask.key === key && ask.partNumber >= fromPart ? 'hang up' : undefined),
});
