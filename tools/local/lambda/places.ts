import type { LocalFunction } from '../template/assembly.ts';
import type { Environment } from './environment.ts';
import type { Job } from './line.ts';

/** A place for one environment. */
export type Place = {
  readonly fn: LocalFunction;
  isTaken: boolean;
  /** A growing number, set when a job leaves the place. The place with the smallest number has been idle longest. */
  givenUp: number;
  starting?: Promise<Environment> | undefined;
  environment?: Environment | undefined;
  idleTimer?: NodeJS.Timeout;
};

export type Places = {
  readonly all: Set<Place>;
  /**
   * The most places of one function. Besides the first place of each function, all functions together have at most one
   * place less than this.
   */
  readonly atOnceMax: number;
  readonly cores: number;
  /** Whether invocations of this function last longer than an environment takes to start. */
  readonly isLong: (fn: LocalFunction) => boolean;
};

export type Seating<J extends Job> = {
  /** Idle places that must make room. The caller ends their environments. */
  readonly ended: readonly Place[];
  readonly taken: readonly (readonly [J, Place])[];
};

// A call of a person is short, and waits for services most of its time. So two environments answer more calls than one.
const CALLS_AT_ONCE = 2;
// API Gateway gives up a person's call after 30 s. So other jobs never wait longer than that for calls of people.
const HELD_BACK_MS_MAX = 30_000;

/**
 * Gives places to the jobs in line. A job that finds no place stays in line.
 * - A job first takes a warm environment of its function.
 * - Every function may always have one place. Otherwise the API could not answer, and no execution could decide anything,
 *   while copies use all places.
 * - A job gets a further place for its function only if a start is worth it: if a core has nothing to do, or if invocations
 *   of the function last longer than a start. An idle environment of another function makes room for it.
 * - While a short call of a person waits, no other work begins.
 */
export function seat<J extends Job>(places: Places, line: readonly J[], nowMs: number): Seating<J> {
  const ended: Place[] = [];
  const taken: [J, Place][] = [];
  let personWaits = false;
  for (const job of line) {
    const isPerson = job.turn.by === 'apigateway';
    if (personWaits && !isPerson && nowMs - job.queuedAtMs < HELD_BACK_MS_MAX) continue;
    const warm = [...places.all].find((place) => place.fn === job.fn && isIdle(place));
    const place = warm ?? freshPlace(places, job, ended);
    if (!place) {
      personWaits ||= isPerson && !places.isLong(job.fn);
      continue;
    }
    place.isTaken = true;
    taken.push([job, place]);
  }
  return { ended, taken };
}

function freshPlace({ all, atOnceMax, cores, isLong }: Places, { fn, turn }: Job, ended: Place[]): Place | undefined {
  const own = placesOf(all, fn).length;
  if (own > 0) {
    const hasIdleCore = [...all].filter(({ isTaken }) => isTaken).length < cores;
    const isWanted = (turn.by === 'apigateway' && own < CALLS_AT_ONCE) || hasIdleCore || isLong(fn);
    if (own >= atOnceMax || !isWanted) return undefined;
    const functionCount = new Set([...all].map((place) => place.fn)).size;
    if (all.size - functionCount >= atOnceMax - 1) {
      const spare = sparePlace(all, fn);
      if (!spare) return undefined;
      all.delete(spare);
      ended.push(spare);
    }
  }
  const fresh: Place = { fn, isTaken: false, givenUp: 0 };
  all.add(fresh);
  return fresh;
}

/** An idle place of a function that has another place. */
function sparePlace(all: ReadonlySet<Place>, fn: LocalFunction): Place | undefined {
  return [...all]
    .filter((place) => place.fn !== fn && isIdle(place) && placesOf(all, place.fn).length > 1)
    .toSorted((one, other) => one.givenUp - other.givenUp)[0];
}

const placesOf = (all: ReadonlySet<Place>, fn: LocalFunction): Place[] => [...all].filter((place) => place.fn === fn);

const isIdle = ({ isTaken, environment }: Place): boolean => !isTaken && environment?.isFree() === true;
