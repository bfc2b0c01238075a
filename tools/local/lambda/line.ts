import type { Turn } from '../machine/run.ts';
import type { LocalFunction } from '../template/assembly.ts';

/** An invocation that waits for an environment, or runs in one. */
export type Job = {
  readonly fn: LocalFunction;
  readonly requestId: string;
  readonly payload: string;
  readonly turn: Turn;
  readonly queuedAtMs: number;
  /** When the function took the job. */
  begunAtMs?: number;
};

const ranks: Record<Turn['by'], number> = { apigateway: 0, events: 1, states: 2 };

/**
 * The order in which jobs get places: first calls of people, then events, then the work of executions. An execution with
 * fewer running jobs comes before one with more, so that a small execution does not wait for a huge one. If two have the
 * same number, the older execution comes first, so that it ends before younger ones begin. Otherwise the order stays.
 */
export function inOrder<J extends Job>(waiting: readonly J[], running: Iterable<Job>): J[] {
  const atWork = new Map<string, number>();
  for (const { turn } of running) {
    const name = turn.execution?.name;
    if (name !== undefined) atWork.set(name, (atWork.get(name) ?? 0) + 1);
  }
  const workOf = ({ turn }: Job) => atWork.get(turn.execution?.name ?? '') ?? 0;
  const ageOf = ({ turn }: Job) => turn.execution?.startedAtMs ?? 0;
  return waiting.toSorted(
    (one, other) =>
      ranks[one.turn.by] - ranks[other.turn.by] || workOf(one) - workOf(other) || ageOf(one) - ageOf(other),
  );
}
