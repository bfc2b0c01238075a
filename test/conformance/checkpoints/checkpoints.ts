import { describe } from 'vitest';
import type { Checkpoints } from '../../../functions/engine/ports/ports.ts';
import { keepsHeaders } from './headers.ts';
import { listsTransfers } from './lists.ts';
import { knowsOwners } from './owners.ts';
import { keepsParts } from './parts.ts';
import { keepsReports } from './reports.ts';
import { keepsUrls } from './urls.ts';

export type CheckpointsUnderTest = {
  connect(): Promise<Checkpoints>;
  /** Whether some answers never come, so that what was done is asked for again. */
  readonly losesAnswers?: boolean;
};

/** What everything that remembers transfers must do. */
export function conformsAsCheckpoints(name: string, under: CheckpointsUnderTest): void {
  describe(`${name}, as checkpoints (catalogue G)`, () => {
    keepsHeaders(under);
    keepsParts(under);
    keepsReports(under);
    knowsOwners(under);
    keepsUrls(under);
    listsTransfers(under);
  });
}
