import type { Around } from '../../tools/store/server.ts';
import { TEMPER_PATH, temperReply } from './control.ts';
import { runTempered } from './requests.ts';
import { openTemper } from './rules.ts';
import type { Temper } from './temper.ts';

/** Adds scripted faults to a store. `PUT /-/temper` changes them while the store runs. README.md has examples. */
export function tempered(rules: Temper = []): Around {
  const temper = openTemper(rules);
  return {
    run: (call, operation) => runTempered(temper, call, operation),
    control: async (request) => (request.url === TEMPER_PATH ? temperReply(temper, request) : undefined),
  };
}
