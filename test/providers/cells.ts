import type { Bench } from './bench.ts';
import { cases } from './cases/all.ts';
import type { Case } from './cases/case.ts';

/** One cell of the table. If `passed` is true and there is a `why`, the case does not apply. */
export type Cell = {
  readonly provider: string;
  readonly case: string;
  readonly passed: boolean;
  readonly why: string | undefined;
};

/** Every cell has its own keys, so that cells do not affect each other. */
export const keyOf = (bench: Bench, { name }: Case): string => `${bench.name}-${name.replaceAll(' ', '-')}`;

/** Runs all cases of a column, and closes the bench after that. */
export async function cellsOf(bench: Bench): Promise<Cell[]> {
  try {
    const cells: Cell[] = [];
    for (const each of cases) cells.push(await cellOf(bench, each));
    return cells;
  } finally {
    await bench.close();
  }
}

async function cellOf(bench: Bench, each: Case): Promise<Cell> {
  const cell = { provider: bench.name, case: each.name };
  try {
    return { ...cell, passed: true, why: (await each.run(bench, keyOf(bench, each))) ?? undefined };
  } catch (error) {
    return { ...cell, passed: false, why: error instanceof Error ? error.message : String(error) };
  }
}
