import { type Bench, openBench } from './bench.ts';
import { cases } from './cases/all.ts';
import type { Case } from './cases/case.ts';
import type { Temper } from './tempers/temper.ts';

/** One cell of the table. `passed` with a `why` means that the case does not apply. */
export type Cell = {
  readonly provider: string;
  readonly case: string;
  readonly passed: boolean;
  readonly why: string | undefined;
};

/** Every cell has keys of its own, so that none sees what another did. */
export const keyOf = ({ temper }: Bench, { name }: Case): string => `${temper.name}-${name.replaceAll(' ', '-')}`;

export async function cellsOf(temper: Temper): Promise<Cell[]> {
  const bench = await openBench(temper);
  try {
    const cells: Cell[] = [];
    for (const each of cases) cells.push(await cellOf(bench, each));
    return cells;
  } finally {
    await bench.close();
  }
}

async function cellOf(bench: Bench, each: Case): Promise<Cell> {
  const cell = { provider: bench.temper.name, case: each.name };
  try {
    return { ...cell, passed: true, why: (await each.run(bench, keyOf(bench, each))) ?? undefined };
  } catch (error) {
    return { ...cell, passed: false, why: error instanceof Error ? error.message : String(error) };
  }
}
