import { MiB } from '../../../functions/transfer/values/sizes.ts';
import type { StackProcess } from '../../e2e/stack-process.ts';
import type { Cost } from './cost.ts';
import type { Side } from './sides.ts';

export const PART_BYTES = 64 * MiB;
export const STREAMS = 4;

export type Task = {
  readonly source: Side;
  readonly target: Side;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly stack: StackProcess;
};

/** One program that can copy an object between two stores. */
export type Way = {
  readonly name: string;
  /** What the program compares, to know that the copy is right. */
  readonly verifies: string;
  copy(task: Task): Promise<Cost>;
};
