import type { Bench } from './bench.ts';
import { cases } from './cases/all.ts';
import type { Case } from './cases/case.ts';

/** One cell of the table. `passed` with a `why` means that the case does not apply. */
export type Cell = {
  readonly provider: string;
  readonly case: string;
  readonly passed: boolean;
  readonly why: string | undefined;
};

/** Every cell has keys of its own, so that none sees what another did. */
export const keyOf = (bench: Bench, { name }: Case): string => `${bench.name}-${name.replaceAll(' ', '-')}`;

/** A column; the bench is closed behind it. */
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
