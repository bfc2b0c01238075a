import type { LocalFunction } from '../assembly.ts';
import type { Environment } from './environment.ts';
import type { Job } from './line.ts';

/** A place for one environment. */
export type Place = {
  readonly fn: LocalFunction;
  isTaken: boolean;
  /** Counts up over all places; the one that was given up longest ago makes room first. */
  givenUp: number;
  starting?: Promise<Environment> | undefined;
  environment?: Environment | undefined;
  idleTimer?: NodeJS.Timeout;
};

export type Places = {
  readonly all: Set<Place>;
  /** A function may have so many, and all functions together so many less one beyond the first place of each. */
  readonly atOnceMax: number;
  readonly cores: number;
  /** Whether invocations of this function last longer than an environment takes to start. */
  readonly isLong: (fn: LocalFunction) => boolean;
};

export type Seating<J extends Job> = {
  /** Idle places that had to make room: their environments are to be ended. */
  readonly ended: readonly Place[];
  readonly taken: readonly (readonly [J, Place])[];
};

// Calls of persons are short and wait for the services in between, so two at once get through sooner than one.
const CALLS_AT_ONCE = 2;
// API Gateway tells a person after 30 s that nobody has answered. For so long other work may be held back for theirs.
const HELD_BACK_MS_MAX = 30_000;

/**
 * Gives places to those in line; whoever finds none stays there. A warm environment of the function comes first. Every
 * function may always have one place: else the API could not answer, and no execution could decide anything, while copies
 * have all the others. More go to whoever is first in line, and only where they are worth their start: where a core has
 * nothing to do, or where what is waited for lasts longer. While short calls of persons wait, nothing else is begun.
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

/** An idle place of another function, which keeps one. */
function sparePlace(all: ReadonlySet<Place>, fn: LocalFunction): Place | undefined {
  return [...all]
    .filter((place) => place.fn !== fn && isIdle(place) && placesOf(all, place.fn).length > 1)
    .toSorted((one, other) => one.givenUp - other.givenUp)[0];
}

const placesOf = (all: ReadonlySet<Place>, fn: LocalFunction): Place[] => [...all].filter((place) => place.fn === fn);

const isIdle = ({ isTaken, environment }: Place): boolean => !isTaken && environment?.isFree() === true;
