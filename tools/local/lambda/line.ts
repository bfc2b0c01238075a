import type { Turn } from '../machine/run.ts';
import type { LocalFunction } from '../template/assembly.ts';

/** An invocation that waits for an environment, or runs in one. */
export type Job = {
  readonly fn: LocalFunction;
  readonly requestId: string;
  readonly payload: string;
  readonly turn: Turn;
  readonly queuedAtMs: number;
  /** When its function took it. */
  begunAtMs?: number;
};

const ranks: Record<Turn['by'], number> = { apigateway: 0, events: 1, states: 2 };

/**
 * The order in which jobs are served: calls of persons, then events, then the work of executions.
 * An execution that has fewer jobs at work comes before one that has more, so that a huge one does not keep a small one
 * waiting. Of equals the older execution comes first, so that it ends before younger ones begin. Then, who came first.
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
