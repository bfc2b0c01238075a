import type { LocalFunction } from '../assembly.ts';
import type { Turn } from '../machine/run.ts';

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
 * The order in which those who wait are served. A person at the API comes first, then what is told once, then the work of
 * executions: first of those that have the least at work already, so that a huge one does not keep a small one waiting;
 * and of these the oldest, so that what was begun is finished before more is begun. Otherwise, who came first.
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
