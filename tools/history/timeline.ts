import type { HistoryEvent } from '../local/machine/history.ts';

/** One call of a function. While it runs, its end is the time of the last event. Times are epoch milliseconds. */
export type Attempt = { readonly fromMs: number; toMs: number; error?: string };
/** One visit of a state, with the index of the Map's iteration that it belongs to. */
export type Visit = {
  readonly state: string;
  readonly iteration: number | undefined;
  readonly fromMs: number;
  toMs: number;
  isOver: boolean;
  readonly attempts: Attempt[];
};
export type Timeline = {
  readonly events: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** The status as DescribeExecution gives it. */
  readonly status: string;
  readonly error: string | undefined;
  readonly visits: readonly Visit[];
};

type Details = { readonly name?: string; readonly index?: number; readonly error?: string };

// These states take no time. The next state shows what a Choice has chosen.
const PASSING = /^(Choice|Pass|Succeed|Fail)State/;
const ENDED = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/;
const statuses: Readonly<Record<string, string>> = { TimedOut: 'TIMED_OUT' };

/** Reads events as GetExecutionHistory gives them, oldest first. Throws if there are none. */
export function timelineOf(events: readonly HistoryEvent[]): Timeline {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) throw new Error('The history has no events.');
  const visits: Visit[] = [];
  const visitOf = new Map<number, Visit>(); // by event
  const iterationOf = new Map<number, number>(); // by event
  for (const event of events) {
    const { id, previousEventId, type } = event;
    const details = detailsOf(event);
    const iteration = type === 'MapIterationStarted' ? details.index : iterationOf.get(previousEventId);
    if (iteration !== undefined) iterationOf.set(id, iteration);
    if (PASSING.test(type)) continue;
    const visit = type.endsWith('StateEntered')
      ? entered(visits, { state: details.name ?? '', iteration, atMs: msOf(event) })
      : visitOf.get(previousEventId);
    if (visit) visitOf.set(id, visit);
    if (type.startsWith('Task')) hearOfTask(visit, event);
    if (type.endsWith('StateExited')) exited(visits, { state: details.name ?? '', iteration, atMs: msOf(event) });
  }
  const toMs = msOf(last);
  for (const visit of visits.filter(({ isOver }) => !isOver)) lastUntil(visit, toMs);
  const end = ENDED.exec(last.type)?.[1];
  const status = end === undefined ? 'RUNNING' : (statuses[end] ?? end.toUpperCase());
  return { events: events.length, fromMs: msOf(first), toMs, status, error: detailsOf(last).error, visits };
}

type Step = { readonly state: string; readonly iteration: number | undefined; readonly atMs: number };

function entered(visits: Visit[], { state, iteration, atMs }: Step): Visit {
  const visit: Visit = { state, iteration, fromMs: atMs, toMs: atMs, isOver: false, attempts: [] };
  visits.push(visit);
  return visit;
}

/** Finds the visit by name, because the event before a Map's exit belongs to its iterations, not to its entry. */
function exited(visits: readonly Visit[], { state, iteration, atMs }: Step): void {
  const isIt = (each: Visit) => !each.isOver && each.state === state;
  const visit = visits.findLast((each) => isIt(each) && each.iteration === iteration) ?? visits.findLast(isIt);
  if (!visit) return;
  visit.toMs = atMs;
  visit.isOver = true;
}

function hearOfTask(visit: Visit | undefined, event: HistoryEvent): void {
  if (event.type === 'TaskScheduled') {
    visit?.attempts.push({ fromMs: msOf(event), toMs: msOf(event) });
    return;
  }
  const attempt = visit?.attempts.at(-1);
  if (!attempt) return;
  attempt.toMs = msOf(event);
  if (/Failed$|TimedOut$/.test(event.type)) attempt.error = detailsOf(event).error ?? event.type;
}

/** A visit without an exit still runs, or has failed with its execution. If it failed, its last attempt has the time. */
function lastUntil(visit: Visit, toMs: number): void {
  const attempt = visit.attempts.at(-1);
  if (attempt && attempt.error === undefined) attempt.toMs = toMs;
  visit.toMs = attempt?.error === undefined ? toMs : attempt.toMs;
}

function detailsOf(event: HistoryEvent): Details {
  const found = Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1];
  return (found ?? {}) as Details;
}

/** The AWS CLI writes times as ISO text or as seconds, depending on its configuration. */
function msOf({ timestamp }: { readonly timestamp: string | number }): number {
  return typeof timestamp === 'number' ? timestamp * 1000 : Date.parse(timestamp);
}
